/* Facets: all that the members of a community may be filtered by, and who of them meets a filter.
 * The index of facets answers for those it has seen, the rows for the others, in one snapshot.
 *
 * What is read lives in the call's arena; bitmaps of member numbers are caller-owned. */
#ifndef KITH_MEMBER_FACET_H
#define KITH_MEMBER_FACET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/id.h"
#include "base/status.h"
#include "filter/filter.h"
#include "kith/member/v1/facet_store.pb-c.h"

struct arena;
struct bitmap;
struct call;
struct facets;

/* The fields of what members see of each other, and those of moderators. */
extern const struct filter_field facet_fields_of_members[], facet_fields_of_staff[];

/* A facet by its name; NULL when the staff has none of it. */
const struct filter_field *facet_field(const char *name);

/* Whether members can be counted by its values: it is neither a day nor reckoned from others. */
bool facet_breaks_down(const struct filter_field *field);

/* The filter and besides that the field's word is the enum's value; 0 demands nothing. */
const struct filter *facet_narrowed(struct arena *arena, const struct filter *filter,
				    const char *field, int value) MUST_USE;

/* Reads what the filter's terms say of the community's members, and beside that all values of the
 * facet `by`, unless it is NULL. */
enum status facets_read(struct call *c, const char *community_id, const struct filter *filter,
			const char *by, struct facets **ret) MUST_USE;

/* Who meets the filter that was read; NULL for all who are or were members. `part` is that filter
 * or any part of it. */
enum status facets_select(const struct facets *facets, const struct filter *part,
			  struct bitmap **ret) MUST_USE;

/* Tells each value of the facet `by` with its members, bitmaps by value; a member may have several.
 * A value may come more than once, with other members. Stops at what `tell` returns unless OK. */
typedef enum status (*facet_tell)(void *user, const char *value, const struct bitmap *members);
enum status facets_each(const struct facets *facets, facet_tell tell, void *user) MUST_USE;

/* What one member is. NOT_FOUND MEMBERSHIP_NOT_FOUND. */
enum status facets_of_person(struct call *c, const char *community_id, const char *person_id,
			     Member__FacetRow *ret) MUST_USE;

/* Whether a member meets the filter that was read, or a part of it. */
bool facets_met(const struct facets *facets, const Member__FacetRow *one,
		const struct filter *part) MUST_USE;

#define FACET_FOLD_PERIOD_US 200000

/* Where the fold is in its round through the communities. */
struct facet_round {
	char after_community_id[ID_SIZE];
};

/* The job that folds what the index has not seen; `user` is its round. */
enum status facet_fold_run(struct call *c, void *user, bool *ret_worked) MUST_USE;

#endif
