/* Segments: saved filters, and what a filter means. Statements are in sql/segment.sql; who is in
 * them is facet.c's matter. */
#include "kith/member/v1/segment.pb-c.h"

#include "bitmap/bitmap.h"
#include "facet.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Create, Update
 * SEGMENT_NOT_FOUND     NOT_FOUND            Get, Update, Delete, ListMembers, GetExplanation
 * MEMBERSHIP_NOT_FOUND  NOT_FOUND            GetExplanation
 * SEGMENT_NAME_TAKEN    ALREADY_EXISTS       Create, Update (constraint)
 * TOO_MANY_SEGMENTS     RESOURCE_EXHAUSTED   Create
 * BAD_FILTER            INVALID_ARGUMENT     Create, Update, GetExplanation
 * FILTER_OR_SEGMENT     INVALID_ARGUMENT     GetExplanation
 * FIELD_NOT_CHANGEABLE  INVALID_ARGUMENT     Update
 * ETAG_MISMATCH         ABORTED              Update
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Create, Update
 */

static const char *const changeable[] = {"name", "description", "filter", NULL};

static enum status count(struct call *c, const char *community_id, const struct filter *filter,
			 int64_t *ret)
{
	CLEANUP(bitmap_cleanup) struct bitmap *members = NULL;
	struct facets *facets;

	TRY(facets_read(c, community_id, filter, NULL, &facets));
	TRY(facets_select(facets, filter, &members));
	*ret = bitmap_count(members);

	return STATUS_OK;
}

static enum status segment_of(struct call *c, const char *community_id, const char *segment_id,
			      Member__Segment *ret)
{
	Member__GetSegmentRequest wanted = MEMBER__GET_SEGMENT_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.segment_id = segment_id;

	return sql_segment_get(c, &wanted, ret);
}

static enum status filter_of(struct call *c, const char *where, const char *text,
			     const struct filter **ret)
{
	return filter_parse(c, where, text, facet_fields_of_staff, ret);
}

enum status member_create_segment(struct call *c, const Member__CreateSegmentRequest *req,
				  Member__Segment *segment)
{
	Member__CreateSegmentRequest request = *req;
	Member__Segment wanted = *req->segment;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	const struct filter *filter;
	enum status status;

	if (!wanted.name[0])
		return call_violation(c, "segment.name", "is required");
	TRY(filter_of(c, "segment.filter", wanted.filter, &filter));
	wanted.filter = filter_print(c->arena, filter);
	request.segment = &wanted;
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	status = sql_segment_create(c, &request, segment);
	if (status == STATUS_NOT_FOUND) {
		call_forgive(c);
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_SEGMENTS",
				 "a community has at most 1,000 segments");
	}
	TRY(status);

	return count(c, req->community_id, filter, &segment->member_count);
}

enum status member_get_segment(struct call *c, const Member__GetSegmentRequest *req,
			       Member__Segment *segment)
{
	const struct filter *filter;

	TRY(sql_segment_get(c, req, segment));
	TRY(filter_of(c, "segment.filter", segment->filter, &filter));

	return count(c, req->community_id, filter, &segment->member_count);
}

enum status member_list_segments(struct call *c, const Member__ListSegmentsRequest *req,
				 Member__ListSegmentsResponse *list)
{
	return sql_segment_list(c, req, list);
}

enum status member_update_segment(struct call *c, const Member__UpdateSegmentRequest *req,
				  Member__Segment *segment)
{
	Member__UpdateSegmentRequest request = *req;
	Member__Segment wanted = *req->segment, was = MEMBER__SEGMENT__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	const struct filter *filter;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "name") && !wanted.name[0])
		return call_violation(c, "segment.name", "is required");
	TRY(filter_of(c, "segment.filter", wanted.filter, &filter));
	wanted.filter = filter_print(c->arena, filter);
	request.segment = &wanted;
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(segment_of(c, req->community_id, req->segment_id, &was));
	TRY(etag_matches(c, req->segment->etag, was.etag));
	TRY(sql_segment_update(c, &request, segment));
	TRY(filter_of(c, "segment.filter", segment->filter, &filter));

	return count(c, req->community_id, filter, &segment->member_count);
}

enum status member_delete_segment(struct call *c, const Member__DeleteSegmentRequest *req,
				  Member__Segment *segment)
{
	return sql_segment_delete(c, req, segment);
}

enum status member_list_segment_members(struct call *c,
					const Member__ListSegmentMembersRequest *req,
					Member__ListSegmentMembersResponse *list)
{
	Member__Segment segment = MEMBER__SEGMENT__INIT;
	struct membership_page page = {0};
	const struct filter *filter;

	TRY(segment_of(c, req->community_id, req->segment_id, &segment));
	TRY(filter_of(c, "segment.filter", segment.filter, &filter));
	TRY(membership_page_of(c, req->community_id, filter, "segment", &req->base, &page));
	list->memberships = page.memberships;
	list->n_memberships = page.n;
	list->next_page_token = page.next_token;
	list->total_size = page.total;

	return STATUS_OK;
}

/* The filter that is asked about: the request's own or its segment's. */
static enum status filter_asked(struct call *c, const Member__GetFilterExplanationRequest *req,
				const struct filter **ret)
{
	Member__Segment segment = MEMBER__SEGMENT__INIT;

	if (!req->segment_id[0])
		return filter_of(c, "filter", req->filter, ret);
	if (req->filter[0])
		return call_fail(c, STATUS_INVALID_ARGUMENT, "FILTER_OR_SEGMENT",
				 "a filter or a segment is explained, not both at once");
	TRY(segment_of(c, req->community_id, req->segment_id, &segment));

	return filter_of(c, "segment_id", segment.filter, ret);
}

static enum status explain(const struct facets *facets, const struct filter *part,
			   const Member__FacetRow *person, int64_t *ret_count,
			   protobuf_c_boolean *ret_met)
{
	CLEANUP(bitmap_cleanup) struct bitmap *members = NULL;

	TRY(facets_select(facets, part, &members));
	*ret_count = bitmap_count(members);
	*ret_met = person && facets_met(facets, person, part);

	return STATUS_OK;
}

enum status member_get_filter_explanation(struct call *c,
					  const Member__GetFilterExplanationRequest *req,
					  Member__FilterExplanation *reply)
{
	Member__FacetRow row = MEMBER__FACET_ROW__INIT, *person = NULL;
	const struct filter *filter, **conditions;
	struct facets *facets;
	size_t n;

	TRY(filter_asked(c, req, &filter));
	TRY(facets_read(c, req->community_id, filter, NULL, &facets));
	if (req->person_id[0]) {
		TRY(facets_of_person(c, req->community_id, req->person_id, &row));
		person = &row;
	}

	reply->filter = filter_print(c->arena, filter);
	TRY(explain(facets, filter, person, &reply->member_count, &reply->met));
	conditions = filter_conditions(c->arena, filter, &n);
	reply->conditions = arena_array(c->arena, n, sizeof(*reply->conditions));
	for (size_t i = 0; i < n; i++) {
		Member__FilterCondition *told = arena_alloc(c->arena, sizeof(*told));

		*told = (Member__FilterCondition)MEMBER__FILTER_CONDITION__INIT;
		told->condition = conditions[i]->source;
		TRY(explain(facets, conditions[i], person, &told->member_count, &told->met));
		reply->conditions[reply->n_conditions++] = told;
	}

	return STATUS_OK;
}
