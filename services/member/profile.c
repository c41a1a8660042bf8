/* Profiles: what a person says of himself. Statements are in sql/profile.sql. */
#include <string.h>

#include "base/text.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith/member/v1/profile.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"
#include "sight.h"

/*
 * reason               status               from
 * PERSON_NOT_FOUND     NOT_FOUND            all
 * BAD_ATTRIBUTE        INVALID_ARGUMENT     Update
 * TOO_MANY_ATTRIBUTES  RESOURCE_EXHAUSTED   Update
 * PERSON_ERASED        FAILED_PRECONDITION  all
 */

#define ATTRIBUTES_MAX      100
#define NAME_MAX_LENGTH     40
#define BIRTH_YEAR_EARLIEST 1900

/* A year has 365.2425 days. */
#define YEAR_US INT64_C(31556952000000)

static bool is_gender(const struct call *c, const char *value)
{
	(void)c;
	return text_equal(value, "female") || text_equal(value, "male") ||
	       text_equal(value, "other");
}

static bool is_birth_year(const struct call *c, const char *value)
{
	int64_t year;

	return text_int64(value, &year) && year >= BIRTH_YEAR_EARLIEST &&
	       year <= 1970 + c->now_us / YEAR_US;
}

static bool is_phone(const struct call *c, const char *value)
{
	(void)c;
	return strspn(value, "+-() 0123456789") == strlen(value) && strpbrk(value, "0123456789");
}

static bool is_email(const struct call *c, const char *value)
{
	const char *at = strchr(value, '@');

	(void)c;
	return at && at > value && at[1] && !strchr(at + 1, '@') && !strpbrk(value, " \t\r\n");
}

/* Names that mean the same everywhere: their form, where they have one, and whether they tell who
 * somebody is, so that others see no more than their shape. */
static const struct known {
	const char *name, *form;
	bool (*fits)(const struct call *c, const char *value);
	bool personal;
} known_names[] = {
	{.name = "gender", .fits = is_gender, .form = "female, male or other"},
	{.name = "birth_year", .fits = is_birth_year, .form = "a year since 1900"},
	{.name = "real_name", .personal = true},
	{.name = "phone", .fits = is_phone, .form = "a telephone number", .personal = true},
	{.name = "email", .fits = is_email, .form = "an address of mail", .personal = true},
	{.name = "wechat", .personal = true},
	{.name = "qq", .personal = true},
	{.name = "address", .personal = true},
	{.name = "id_number", .personal = true},
	{0},
};

static const struct known *known_as(const char *name)
{
	const struct known *known = known_names;

	while (known->name && !text_equal(known->name, name))
		known++;

	return known;
}

static bool is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return name[0] >= 'a' && name[0] <= 'z' && !name[n] && n <= NAME_MAX_LENGTH;
}

static enum status check(struct call *c, const Member__Attribute *attribute, size_t i)
{
	const struct known *known = known_as(attribute->name);
	bool named = is_name(attribute->name);

	if (named && (!known->fits || known->fits(c, attribute->value)))
		return STATUS_OK;

	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_ATTRIBUTE", "no such attribute: %s",
		  attribute->name);
	if (!named)
		return call_violation(c, arena_printf(c->arena, "attributes[%zu].name", i),
				      "begins with a small letter and goes on with letters, "
				      "digits and underscores");
	return call_violation(c, arena_printf(c->arena, "attributes[%zu].value", i), "is not %s",
			      known->form);
}

/* The attributes as they are to be kept. */
static enum status settle(struct call *c, const Member__UpdateProfileRequest *req,
			  Member__UpdateProfileRequest *ret)
{
	*ret = *req;
	ret->attributes = arena_array(c->arena, req->n_attributes, sizeof(*ret->attributes));
	for (size_t i = 0; i < req->n_attributes; i++) {
		Member__Attribute *kept = arena_alloc(c->arena, sizeof(*kept));

		TRY(check(c, req->attributes[i], i));
		*kept = *req->attributes[i];
		kept->masked |= known_as(kept->name)->personal;
		ret->attributes[i] = kept;
	}

	return STATUS_OK;
}

static void introduce(const Member__Person *person, Member__Profile *ret)
{
	ret->person_id = person->person_id;
	ret->display_name = person->display_name;
	ret->locale = person->locale;
	ret->time_zone = person->time_zone;
}

static enum status list(struct call *c, const char *person_id, Member__Profile *ret)
{
	Member__GetProfileRequest wanted = MEMBER__GET_PROFILE_REQUEST__INIT;

	wanted.person_id = person_id;

	return sql_attribute_list(c, &wanted, ret);
}

enum status member_get_profile(struct call *c, const Member__GetProfileRequest *req,
			       Member__Profile *profile)
{
	Member__Person person = MEMBER__PERSON__INIT;

	TRY(person_read(c, req->person_id, &person));
	introduce(&person, profile);

	return list(c, person.person_id, profile);
}

/* Keeps of a list what a stranger may see. */
static void veil(struct call *c, Member__Profile *profile)
{
	size_t n = 0;

	for (size_t i = 0; i < profile->n_attributes; i++) {
		Member__Attribute *attribute = profile->attributes[i];
		enum sight sight =
			sight_of(VIEWER_STRANGER, attribute->visibility, attribute->masked);

		if (sight == SIGHT_NONE)
			continue;
		if (sight == SIGHT_MASKED)
			attribute->value = sight_mask(c->arena, attribute->name, attribute->value);
		attribute->update_time = NULL;
		profile->attributes[n++] = attribute;
	}
	profile->n_attributes = n;
}

enum status member_get_public_profile(struct call *c, const Member__GetPublicProfileRequest *req,
				      Member__Profile *profile)
{
	Member__Person person = MEMBER__PERSON__INIT;

	TRY(person_read(c, req->person_id, &person));
	profile->person_id = person.person_id;
	profile->display_name = person.display_name;
	TRY(list(c, person.person_id, profile));
	veil(c, profile);

	return STATUS_OK;
}

enum status member_update_profile(struct call *c, const Member__UpdateProfileRequest *req,
				  Member__Profile *profile)
{
	Member__Person person = MEMBER__PERSON__INIT;
	Member__UpdateProfileRequest request;

	TRY(settle(c, req, &request));
	TRY(person_lock(c, req->person_id, &person));
	request.person_id = person.person_id;
	TRY(sql_attribute_update(c, &request));
	introduce(&person, profile);
	TRY(list(c, person.person_id, profile));
	if (profile->n_attributes > ATTRIBUTES_MAX) {
		call_fact(c, "max", arena_printf(c->arena, "%d", ATTRIBUTES_MAX));
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_ATTRIBUTES",
				 "a person has %d attributes at most", ATTRIBUTES_MAX);
	}

	return STATUS_OK;
}
