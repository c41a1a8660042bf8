/* Merging persons: what becomes one, what goes back, and what holds whatever happens at once. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/identity.pb-c.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith/member/v1/merge.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD 64

#define ACTIVE MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE
#define LEFT   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT
#define BANNED MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED

static struct outcome merge(struct suite *s, const char *survivor, const char *merged,
			    Member__PersonMerge *ret)
{
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;

	*ret = (Member__PersonMerge)MEMBER__PERSON_MERGE__INIT;
	request.person_id = person(s, survivor);
	request.merged_person_id = person(s, merged);
	request.reason = "the same telephone";

	return suite_call(s, method_member_merge_persons, &request, ret);
}

static Member__PersonMerge merged(struct suite *s, const char *survivor, const char *other)
{
	Member__PersonMerge ret;

	EXPECT_OK(merge(s, survivor, other, &ret));

	return ret;
}

static struct outcome unmerge(struct suite *s, const char *merge_id,
			      Member__UnmergePersonsResponse *ret)
{
	Member__UnmergePersonsRequest request = MEMBER__UNMERGE_PERSONS_REQUEST__INIT;

	*ret = (Member__UnmergePersonsResponse)MEMBER__UNMERGE_PERSONS_RESPONSE__INIT;
	request.merge_id = merge_id;

	return suite_call(s, method_member_unmerge_persons, &request, ret);
}

static Member__Person person_of(struct suite *s, const char *name)
{
	Member__GetPersonRequest request = MEMBER__GET_PERSON_REQUEST__INIT;
	Member__Person ret = MEMBER__PERSON__INIT;

	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_person, &request, &ret));

	return ret;
}

static void given_member(struct suite *s, const char *community, const char *name,
			 Member__Role role)
{
	EXPECT_OK(join(s, community, name));
	if (role != MEMBER__ROLE__ROLE_MEMBER)
		EXPECT_OK(give_role(s, community, name, role));
}

static struct outcome ban(struct suite *s, const char *community, const char *name)
{
	Member__RemoveMembershipRequest request = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership removed = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.ban = true;

	return suite_call_as_platform(s, method_member_remove_membership, &request, &removed);
}

static void given_identity(struct suite *s, const char *name, const char *external_id)
{
	Member__LinkIdentityRequest request = MEMBER__LINK_IDENTITY_REQUEST__INIT;
	Member__Identity made = MEMBER__IDENTITY__INIT;

	request.person_id = person(s, name);
	request.kind = MEMBER__IDENTITY_KIND__IDENTITY_KIND_WECHAT;
	request.external_id = external_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_link_identity, &request, &made));
}

static const char *identity_owner(struct suite *s, const char *external_id)
{
	return arena_string(suite_arena(s), postgres_text(suite_database(s),
							  "SELECT person_id FROM member.identity "
							  "WHERE external_id = '%s'",
							  external_id));
}

static void given_attribute(struct suite *s, const char *name, const char *attribute,
			    const char *value)
{
	postgres_int(suite_database(s),
		     "INSERT INTO member.person_attribute (person_id, name, value, update_time) "
		     "VALUES ('%s', '%s', '%s', now()) ON CONFLICT (person_id, name) "
		     "DO UPDATE SET value = EXCLUDED.value",
		     person(s, name), attribute, value);
}

static const char *attribute_of(struct suite *s, const char *name, const char *attribute)
{
	return arena_string(suite_arena(s),
			    postgres_text(suite_database(s),
					  "SELECT value FROM member.person_attribute "
					  "WHERE person_id = '%s' AND name = '%s'",
					  person(s, name), attribute));
}

/* The row of a membership, not who stands for him. */
static const char *row(struct suite *s, const char *community, const char *name, const char *what)
{
	return arena_string(suite_arena(s),
			    postgres_text(suite_database(s),
					  "SELECT %s FROM member.membership "
					  "WHERE community_id = '%s' AND person_id = '%s'",
					  what, community, person(s, name)));
}

/* What the others were told last of it. */
static const char *told(struct suite *s, const char *community, const char *name, const char *what)
{
	return arena_string(suite_arena(s),
			    postgres_text(suite_database(s),
					  "SELECT %s FROM member.outbox "
					  "WHERE community_id = '%s' AND person_id = '%s' "
					  "ORDER BY version DESC LIMIT 1",
					  what, community, person(s, name)));
}

/* All that is known of the persons, but for what counts changes. */
static const char *print(struct suite *s, const char *one, const char *other)
{
	const char *pair =
		arena_printf(suite_arena(s), "'%s', '%s'", person(s, one), person(s, other));

	return arena_string(
		suite_arena(s),
		postgres_text(
			suite_database(s),
			"SELECT string_agg(what::text, ' ' ORDER BY what::text) FROM ("
			"SELECT to_jsonb(m) - 'version' - 'indexed_version' FROM member.membership "
			"m "
			"WHERE person_id IN (%s) "
			"UNION ALL SELECT to_jsonb(i) FROM member.identity i WHERE person_id IN "
			"(%s) "
			"UNION ALL SELECT to_jsonb(a) FROM member.person_attribute a "
			"WHERE person_id IN (%s) "
			"UNION ALL SELECT to_jsonb(u) - 'version' FROM member.subscription u "
			"WHERE person_id IN (%s) "
			"UNION ALL SELECT to_jsonb(t) FROM member.standing t WHERE person_id IN "
			"(%s) "
			"UNION ALL SELECT to_jsonb(p) - 'version' - 'update_time' FROM "
			"member.person p "
			"WHERE person_id IN (%s) "
			"UNION ALL SELECT to_jsonb(c) - 'version' - 'update_time' - 'last_number' "
			"FROM member.community c JOIN member.membership USING (community_id) "
			"WHERE person_id IN (%s)) AS all_rows (what)",
			pair, pair, pair, pair, pair, pair, pair));
}

/* What must hold of all communities and persons, whatever was done. */
static void expect_sound(struct suite *s)
{
	struct postgres *db = suite_database(s);

	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.community c WHERE member_count <> "
				"(SELECT count(*) FROM member.membership m WHERE "
				"m.community_id = c.community_id AND m.state = 'ACTIVE')"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.community c WHERE "
				"EXISTS (SELECT FROM member.membership m WHERE m.community_id = "
				"c.community_id HAVING count(*) <> c.last_number "
				"OR COALESCE(max(number), 0) <> c.last_number)"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.community c WHERE owner_person_id "
				"IS DISTINCT FROM (SELECT person_id FROM member.membership m "
				"WHERE m.community_id = c.community_id AND role = 'OWNER')"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.membership m "
				"JOIN member.person p USING (person_id) "
				"WHERE p.state = 'MERGED' AND m.state <> 'MERGED'"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.person p "
				"WHERE (state = 'MERGED') <> (merged_into_person_id IS NOT NULL) "
				"OR EXISTS (SELECT FROM member.person s WHERE "
				"s.person_id = p.merged_into_person_id AND s.state = 'MERGED')"),
		   0);
	/* Each change was told once, the last as the row is now; a merged person's under the
	 * number of who stands for him. */
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM (SELECT community_id, person_id, count(*) "
				"AS n FROM member.outbox WHERE type = 'MEMBERSHIP_CHANGED' "
				"GROUP BY 1, 2) AS o FULL JOIN member.membership m "
				"USING (community_id, person_id) "
				"WHERE m.version IS DISTINCT FROM o.n"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM (SELECT m.*, f.number AS counted "
				"FROM member.membership m JOIN member.person p USING (person_id) "
				"JOIN member.membership f ON f.community_id = m.community_id AND "
				"f.person_id = COALESCE(p.merged_into_person_id, m.person_id)) "
				"AS m LEFT JOIN member.outbox o USING (community_id, person_id, "
				"version) WHERE (membership_number, membership_role, "
				"membership_state) IS DISTINCT FROM (counted, role, m.state)"),
		   0);
}

static void where_only_the_merged_one_belonged_his_membership_goes_over(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Membership was, now;
	Member__PersonMerge made;

	given_member(s, community, "bob", MEMBER__ROLE__ROLE_EXPERT);
	was = membership_of(s, community, "bob");
	made = merged(s, "zoe", "bob");
	EXPECT_INT(made.membership_count, 1);
	EXPECT_TEXT(made.reason, "the same telephone");

	now = membership_of(s, community, "zoe");
	EXPECT_INT(now.number, was.number);
	EXPECT_INT(now.role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_INT(now.state, ACTIVE);
	EXPECT_INT(now.join_time->seconds, was.join_time->seconds);
	EXPECT_INT(member_count(s, community), 2);
	EXPECT_TEXT(row(s, community, "bob", "state"), "MERGED");
	EXPECT_TEXT(told(s, community, "bob", "membership_number"), "2");
	EXPECT_INT(person_of(s, "bob").state, MEMBER__PERSON_STATE__PERSON_STATE_MERGED);
	EXPECT_TEXT(person_of(s, "bob").merged_into_person_id, person(s, "zoe"));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.outbox WHERE type = 'PERSON_MERGED' "
				"AND person_id = '%s' AND other_person_id = '%s' "
				"AND state = 'MERGED'",
				person(s, "bob"), person(s, "zoe")),
		   1);
	expect_sound(s);
}

static void where_both_belonged_the_better_of_each_stays(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Membership now;

	given_member(s, community, "old", MEMBER__ROLE__ROLE_MODERATOR);
	given_member(s, community, "new", MEMBER__ROLE__ROLE_MEMBER);
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET level = 3, score = 30, tags = '{a,b}', "
		     "journey_step = 'CORE', join_time = '2020-01-01T00:00:00Z' "
		     "WHERE community_id = '%s' AND person_id = '%s'",
		     community, person(s, "old"));
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET level = 2, score = 90, tags = '{b,c}', "
		     "rules_version = 4 WHERE community_id = '%s' AND person_id = '%s'",
		     community, person(s, "new"));
	merged(s, "new", "old");

	now = membership_of(s, community, "new");
	EXPECT_INT(now.number, 3);
	EXPECT_INT(now.role, MEMBER__ROLE__ROLE_MODERATOR);
	EXPECT_INT(now.join_time->seconds, 1577836800);
	EXPECT_INT(now.level, 3);
	EXPECT_INT(now.score, 90);
	EXPECT_INT(now.rules_version, 4);
	EXPECT_INT(now.journey_step, MEMBER__JOURNEY_STEP__JOURNEY_STEP_CORE);
	EXPECT_INT(now.n_tags, 3);
	EXPECT_TEXT(now.tags[2], "c");
	EXPECT_INT(member_count(s, community), 2);
	EXPECT_TEXT(row(s, community, "old", "number"), "2");
	EXPECT_TEXT(told(s, community, "old", "membership_number"), "3");
	expect_sound(s);
}

static void ownership_goes_over_and_there_is_one_owner(void **state)
{
	struct suite *s = *state;
	const char *both = given_community(s, .owner = "king");
	const char *alone = given_community(s, .owner = "king");
	Member__PersonMerge made;
	Member__UnmergePersonsResponse undone;

	given_member(s, both, "heir", MEMBER__ROLE__ROLE_MEMBER);
	made = merged(s, "heir", "king");
	EXPECT_TEXT(community_of(s, both).owner_person_id, person(s, "heir"));
	EXPECT_TEXT(community_of(s, alone).owner_person_id, person(s, "heir"));
	EXPECT_INT(membership_of(s, alone, "heir").number, 1);
	EXPECT_STATUS(leave(s, both, "heir"), FAILED_PRECONDITION, "OWNER_CANNOT_LEAVE");
	EXPECT_STATUS(leave(s, both, "king"), FAILED_PRECONDITION, "OWNER_CANNOT_LEAVE");
	expect_sound(s);

	EXPECT_OK(unmerge(s, made.merge_id, &undone));
	EXPECT_INT(undone.remainder_count, 0);
	EXPECT_TEXT(community_of(s, both).owner_person_id, person(s, "king"));
	EXPECT_TEXT(community_of(s, alone).owner_person_id, person(s, "king"));
	EXPECT_INT(membership_of(s, alone, "king").number, 1);
	EXPECT_INT(membership_of(s, both, "heir").role, MEMBER__ROLE__ROLE_MEMBER);
	expect_sound(s);
}

static void who_is_present_leads_and_a_ban_stays_a_ban(void **state)
{
	struct suite *s = *state;
	const char *left = given_community(s), *banned = given_community(s);
	const char *owned = given_community(s, .owner = "p");

	given_member(s, left, "p", MEMBER__ROLE__ROLE_MEMBER);
	given_member(s, left, "q", MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_OK(leave(s, left, "p"));
	given_member(s, banned, "p", MEMBER__ROLE__ROLE_MEMBER);
	given_member(s, banned, "q", MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_OK(ban(s, banned, "q"));
	given_member(s, owned, "q", MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_OK(ban(s, owned, "q"));
	merged(s, "p", "q");

	EXPECT_INT(membership_of(s, left, "p").state, ACTIVE);
	EXPECT_INT(membership_of(s, left, "p").number, 1);
	EXPECT_INT(membership_of(s, banned, "p").state, BANNED);
	EXPECT_INT(membership_of(s, owned, "p").state, ACTIVE);
	EXPECT_INT(membership_of(s, owned, "p").role, MEMBER__ROLE__ROLE_OWNER);
	EXPECT_STATUS(join(s, banned, "q"), FAILED_PRECONDITION, "BANNED");
	expect_sound(s);
}

static void identities_and_what_is_missing_go_over(void **state)
{
	struct suite *s = *state;
	Member__PersonMerge made;

	given_identity(s, "una", "una-wx");
	given_identity(s, "uno", "uno-wx");
	given_attribute(s, "una", "city", "Bonn");
	given_attribute(s, "uno", "city", "Köln");
	given_attribute(s, "uno", "job", "cook");
	postgres_int(suite_database(s),
		     "UPDATE member.person SET time_zone = 'Europe/Berlin', verify_time = now() "
		     "WHERE person_id = '%s'",
		     person(s, "uno"));
	made = merged(s, "una", "uno");

	EXPECT_INT(made.identity_count, 1);
	EXPECT_INT(made.attribute_count, 1);
	EXPECT_TEXT(identity_owner(s, "uno-wx"), person(s, "una"));
	EXPECT_TEXT(attribute_of(s, "una", "city"), "Bonn");
	EXPECT_TEXT(attribute_of(s, "una", "job"), "cook");
	EXPECT_TEXT(person_of(s, "una").display_name, "una");
	EXPECT_TEXT(person_of(s, "una").time_zone, "Europe/Berlin");
	assert_non_null(person_of(s, "una").verify_time);
}

static void merges_that_make_no_sense_are_refused(void **state)
{
	struct suite *s = *state;
	Member__PersonMerge made;
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;

	EXPECT_STATUS(merge(s, "ra", "ra", &made), INVALID_ARGUMENT, "MERGE_SELF");
	merged(s, "ra", "rb");
	EXPECT_STATUS(merge(s, "rb", "ra", &made), FAILED_PRECONDITION, "MERGE_CYCLE");
	EXPECT_STATUS(merge(s, "ra", "rb", &made), FAILED_PRECONDITION, "ALREADY_MERGED");
	EXPECT_STATUS(merge(s, "rc", "rb", &made), FAILED_PRECONDITION, "ALREADY_MERGED");
	request.person_id = person(s, "ra");
	request.merged_person_id = "00000000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_member_merge_persons, &request, &made), NOT_FOUND,
		      "PERSON_NOT_FOUND");
	postgres_int(suite_database(s),
		     "UPDATE member.person SET state = 'ERASED' WHERE person_id = '%s'",
		     person(s, "rd"));
	EXPECT_STATUS(merge(s, "ra", "rd", &made), FAILED_PRECONDITION, "PERSON_ERASED");
	EXPECT_STATUS(merge(s, "rd", "ra", &made), FAILED_PRECONDITION, "PERSON_ERASED");
	as_person(s, person(s, "ra"));
	EXPECT_STATUS(merge(s, "ra", "rc", &made), PERMISSION_DENIED, NULL);
	as_platform(s);
	postgres_int(suite_database(s),
		     "UPDATE member.person SET state = 'ACTIVE' WHERE person_id = '%s'",
		     person(s, "rd"));
}

static size_t members_seen(struct suite *s, const char *community)
{
	Member__ListMembershipsRequest request = MEMBER__LIST_MEMBERSHIPS_REQUEST__INIT;
	Member__ListMembershipsResponse page = MEMBER__LIST_MEMBERSHIPS_RESPONSE__INIT;
	struct outcome outcome;

	request.community_id = community;
	outcome = suite_call(s, method_member_list_memberships, &request, &page);

	return outcome.status == STATUS_OK ? page.n_memberships : 0;
}

static void chains_end_at_the_last_survivor(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *later = given_community(s);
	const char *closed = given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_INVITE);
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership made = MEMBER__MEMBERSHIP__INIT;
	Member__PersonMerge second;
	Member__UnmergePersonsResponse undone;

	for (int i = 0; i < 3; i++)
		EXPECT_OK(join(s, community, (const char *const[]){"A", "B", "C"}[i]));
	merged(s, "B", "A");
	EXPECT_TEXT(told(s, community, "A", "membership_number"), "2");
	second = merged(s, "C", "B");
	EXPECT_TEXT(person_of(s, "A").merged_into_person_id, person(s, "C"));
	EXPECT_TEXT(told(s, community, "A", "membership_number"), "3");
	EXPECT_TEXT(told(s, community, "B", "membership_number"), "3");
	EXPECT_INT(member_count(s, community), 1);

	/* Who acts or is named by the first id is the last one. */
	EXPECT_TEXT(membership_of(s, community, "A").person_id, person(s, "C"));
	as_person(s, person(s, "A"));
	EXPECT_INT(members_seen(s, community), 3);
	request.person_id = person(s, "A");
	request.community_id = later;
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &made));
	EXPECT_TEXT(made.person_id, person(s, "C"));
	request.community_id = closed;
	EXPECT_STATUS(suite_call(s, method_member_join_community, &request, &made),
		      FAILED_PRECONDITION, "INVITATION_REQUIRED");
	as_platform(s);
	EXPECT_OK(give_role(s, later, "B", MEMBER__ROLE__ROLE_EXPERT));
	EXPECT_INT(membership_of(s, later, "C").role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_OK(leave(s, later, "A"));
	EXPECT_INT(membership_of(s, later, "C").state, LEFT);
	expect_sound(s);

	EXPECT_OK(unmerge(s, second.merge_id, &undone));
	EXPECT_TEXT(person_of(s, "A").merged_into_person_id, person(s, "B"));
	EXPECT_TEXT(told(s, community, "A", "membership_number"), "2");
	EXPECT_INT(member_count(s, community), 2);
	expect_sound(s);
}

static void merged_owner_acts_as_the_owner(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "boss");
	Member__TransferOwnershipRequest request = MEMBER__TRANSFER_OWNERSHIP_REQUEST__INIT;
	Member__Community changed = MEMBER__COMMUNITY__INIT;

	given_member(s, community, "dep", MEMBER__ROLE__ROLE_MEMBER);
	merged(s, "chief", "boss");
	merged(s, "deputy", "dep");
	request.community_id = community;
	request.new_owner_person_id = person(s, "dep");
	as_person(s, person(s, "boss"));
	EXPECT_OK(suite_call(s, method_member_transfer_ownership, &request, &changed));
	EXPECT_TEXT(changed.owner_person_id, person(s, "deputy"));
	as_platform(s);
	expect_sound(s);
}

static void import_of_a_merged_person_is_of_the_survivor(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__ImportMembershipsRequest request = MEMBER__IMPORT_MEMBERSHIPS_REQUEST__INIT;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership item = MEMBER__IMPORTED_MEMBERSHIP__INIT, *items[] = {&item};

	merged(s, "im-now", "im-was");
	item.community_id = community;
	item.person_id = person(s, "im-was");
	item.person_external_id = "im-was";
	request.items = items;
	request.n_items = 1;
	EXPECT_OK(suite_call(s, method_member_import_memberships, &request, &counts));
	EXPECT_INT(counts.created_count, 1);
	EXPECT_TEXT(membership_of(s, community, "im-now").person_id, person(s, "im-now"));
	EXPECT_OK(suite_call(s, method_member_import_memberships, &request, &counts));
	EXPECT_INT(counts.unchanged_count, 1);
	expect_sound(s);
}

static void undone_at_once_all_is_as_before(void **state)
{
	struct suite *s = *state;
	const char *both = given_community(s, .owner = "ann"), *left = given_community(s);
	const char *before;
	Member__PersonMerge made;
	Member__UnmergePersonsResponse undone;

	given_member(s, both, "va", MEMBER__ROLE__ROLE_MEMBER);
	given_member(s, both, "vb", MEMBER__ROLE__ROLE_ADMIN);
	given_member(s, left, "va", MEMBER__ROLE__ROLE_MEMBER);
	given_member(s, left, "vb", MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_OK(leave(s, left, "va"));
	given_identity(s, "vb", "vb-wx");
	given_attribute(s, "vb", "job", "cook");
	postgres_int(
		suite_database(s),
		"UPDATE member.membership SET tags = '{x}', score = 7, mute_until_time = now() "
		"WHERE person_id = '%s'",
		person(s, "vb"));
	postgres_int(suite_database(s),
		     "INSERT INTO member.subscription (community_id, person_id, plan_id, state, "
		     "start_time, end_time, grace_end_time) SELECT '%s', p::uuid, "
		     "gen_random_uuid(), 'ACTIVE', now(), now() + n * interval '1 day', "
		     "now() + n * interval '2 days' FROM (VALUES ('%s', 1), ('%s', 2)) v (p, n)",
		     both, person(s, "va"), person(s, "vb"));
	postgres_int(suite_database(s),
		     "INSERT INTO member.standing VALUES ('%s', '%s', '2026-01-02', '2026-03-01', "
		     "NULL, NULL), ('%s', '%s', '2026-01-01', '2026-02-01', '2026-01-01', "
		     "'2026-02-01'), ('%s', '%s', '2026-01-05', NULL, NULL, NULL)",
		     both, person(s, "va"), both, person(s, "vb"), left, person(s, "vb"));

	before = print(s, "va", "vb");
	made = merged(s, "va", "vb");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.subscription WHERE person_id = '%s' "
				"AND end_time > now() + interval '1 day'",
				person(s, "va")),
		   1);
	EXPECT_TEXT(postgres_text(suite_database(s),
				  "SELECT first_active_date || ' ' || last_active_date || ' ' || "
				  "first_engaged_date FROM member.standing "
				  "WHERE community_id = '%s' AND person_id = '%s'",
				  both, person(s, "va")),
		    "2026-01-01 2026-03-01 2026-01-01");
	expect_sound(s);

	EXPECT_OK(unmerge(s, made.merge_id, &undone));
	EXPECT_INT(undone.remainder_count, 0);
	assert_non_null(undone.merge->undo_time);
	EXPECT_TEXT(print(s, "va", "vb"), before);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.outbox WHERE type = 'PERSON_MERGED' "
				"AND person_id = '%s' AND other_person_id = '%s' AND state = ''",
				person(s, "vb"), person(s, "va")),
		   1);
	expect_sound(s);
	EXPECT_STATUS(unmerge(s, made.merge_id, &undone), FAILED_PRECONDITION, "MERGE_UNDONE");
}

static void membership_that_went_over_comes_back_and_leaves_an_ended_one(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__PersonMerge made;
	Member__UnmergePersonsResponse undone;

	given_member(s, community, "wb", MEMBER__ROLE__ROLE_EXPERT);
	made = merged(s, "wa", "wb");
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET score = 500 WHERE community_id = '%s' "
		     "AND person_id = '%s'",
		     community, person(s, "wa"));
	EXPECT_OK(unmerge(s, made.merge_id, &undone));
	EXPECT_INT(membership_of(s, community, "wb").number, 1);
	EXPECT_INT(membership_of(s, community, "wb").role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_INT(membership_of(s, community, "wb").score, 500);
	EXPECT_TEXT(row(s, community, "wa", "state || number"), "MERGED2");
	EXPECT_INT(member_count(s, community), 1);
	expect_sound(s);

	/* And again, and he may also come by himself. */
	EXPECT_OK(unmerge(s, merged(s, "wa", "wb").merge_id, &undone));
	EXPECT_INT(undone.remainder_count, 0);
	EXPECT_OK(join(s, community, "wa"));
	EXPECT_INT(membership_of(s, community, "wa").number, 2);
	EXPECT_INT(member_count(s, community), 2);
	expect_sound(s);
}

static void what_has_changed_since_stays_and_is_told(void **state)
{
	struct suite *s = *state;
	const char *changed = given_community(s), *full = given_community(s, .capacity = 2);
	const char *plain = given_community(s);
	Member__PersonMerge made;
	Member__UnmergePersonsResponse undone;

	given_member(s, changed, "xb", MEMBER__ROLE__ROLE_EXPERT);
	for (int i = 0; i < 2; i++)
		EXPECT_OK(join(s, full, i ? "xa" : "xb"));
	given_member(s, plain, "xb", MEMBER__ROLE__ROLE_MEMBER);
	given_identity(s, "xb", "xb-1");
	given_identity(s, "xb", "xb-2");
	given_attribute(s, "xb", "job", "cook");
	given_attribute(s, "xb", "city", "Bonn");
	made = merged(s, "xa", "xb");

	EXPECT_OK(give_role(s, changed, "xa", MEMBER__ROLE__ROLE_ADMIN));
	EXPECT_OK(join(s, full, "xc")); /* takes the place that the merge left free */
	postgres_int(suite_database(s), "DELETE FROM member.identity WHERE external_id = 'xb-2'");
	given_attribute(s, "xa", "job", "chef");
	EXPECT_OK(unmerge(s, made.merge_id, &undone));

	EXPECT_INT(undone.remainder_count, 4);
	EXPECT_INT(undone.n_remainders, 4);
	EXPECT_TEXT(undone.remainders[0]->key, "job");
	EXPECT_TEXT(undone.remainders[1]->key, "WECHAT:xb-2");
	EXPECT_INT(undone.remainders[2]->kind, MEMBER__MERGE_ROW_KIND__MERGE_ROW_KIND_MEMBERSHIP);
	EXPECT_INT(membership_of(s, changed, "xa").role, MEMBER__ROLE__ROLE_ADMIN);
	EXPECT_TEXT(row(s, changed, "xb", "state"), "MERGED");
	EXPECT_INT(member_count(s, full), 2);
	EXPECT_INT(membership_of(s, plain, "xb").state, ACTIVE);
	EXPECT_TEXT(identity_owner(s, "xb-1"), person(s, "xb"));
	EXPECT_TEXT(attribute_of(s, "xa", "job"), "chef");
	EXPECT_TEXT(attribute_of(s, "xa", "city"), "");
	EXPECT_TEXT(attribute_of(s, "xb", "job"), "cook");

	/* Who was left without can join again. */
	EXPECT_OK(join(s, changed, "xb"));
	EXPECT_INT(membership_of(s, changed, "xb").state, ACTIVE);
}

static void newest_merge_of_a_person_is_undone_first(void **state)
{
	struct suite *s = *state;
	Member__PersonMerge first = merged(s, "ya", "yb"), second = merged(s, "ya", "yc");
	Member__PersonMerge third = merged(s, "yd", "ya");
	Member__UnmergePersonsRequest none = MEMBER__UNMERGE_PERSONS_REQUEST__INIT;
	Member__UnmergePersonsResponse undone = MEMBER__UNMERGE_PERSONS_RESPONSE__INIT;
	Member__ListPersonMergesRequest request = MEMBER__LIST_PERSON_MERGES_REQUEST__INIT;
	Member__ListPersonMergesResponse list = MEMBER__LIST_PERSON_MERGES_RESPONSE__INIT;

	none.merge_id = "00000000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_member_unmerge_persons, &none, &undone), NOT_FOUND,
		      "PERSON_MERGE_NOT_FOUND");
	EXPECT_STATUS(unmerge(s, first.merge_id, &undone), FAILED_PRECONDITION, "MERGE_NOT_NEWEST");
	EXPECT_STATUS(unmerge(s, second.merge_id, &undone), FAILED_PRECONDITION,
		      "MERGE_NOT_NEWEST");
	EXPECT_OK(unmerge(s, third.merge_id, &undone));
	EXPECT_TEXT(person_of(s, "yb").merged_into_person_id, person(s, "ya"));
	EXPECT_OK(unmerge(s, second.merge_id, &undone));
	request.person_id = person(s, "ya");
	EXPECT_OK(suite_call(s, method_member_list_person_merges, &request, &list));
	EXPECT_INT(list.n_merges, 2);
	EXPECT_TEXT(list.merges[0]->merge_id, second.merge_id);
	assert_non_null(list.merges[0]->undo_time);
	assert_null(list.merges[1]->undo_time);
	EXPECT_OK(unmerge(s, first.merge_id, &undone));
	EXPECT_INT(person_of(s, "yb").state, MEMBER__PERSON_STATE__PERSON_STATE_ACTIVE);
	expect_sound(s);
}

/* Eight people join everywhere, or are imported, while they are merged with one another. */
static void who_is_merged_while_he_joins_ends_as_one_membership(void **state)
{
	enum { PEOPLE = CROWD / 8, ROUNDS = 6 };
	struct suite *s = *state;
	const struct method *methods[CROWD];
	Member__JoinCommunityRequest joins[CROWD];
	Member__MergePersonsRequest merges[PEOPLE];
	Member__ImportMembershipsRequest imports[PEOPLE];
	Member__ImportedMembership items[PEOPLE], *item_pointers[PEOPLE];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	const char *communities[4];

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned n_merged = 0;

		for (unsigned i = 0; i < 4; i++)
			communities[i] = given_community(s, .capacity = i ? 0 : 6);
		for (unsigned i = 0; i < CROWD; i++) {
			const char *name =
				arena_printf(suite_arena(s), "round %u twin %u", round, i % PEOPLE);

			if (i % 8 == 7) {
				Member__MergePersonsRequest *m = &merges[i / 8];

				*m = (Member__MergePersonsRequest)
					MEMBER__MERGE_PERSONS_REQUEST__INIT;
				m->merged_person_id =
					person(s, arena_printf(suite_arena(s), "round %u twin %u",
							       round, i / 8));
				m->person_id =
					person(s, arena_printf(suite_arena(s), "round %u twin %u",
							       round, (i / 8 + 3) % PEOPLE));
				methods[i] = method_member_merge_persons;
				pointers[i] = m;
				continue;
			}
			if (i % 8 == 6) {
				Member__ImportMembershipsRequest *m = &imports[i / 8];

				items[i / 8] = (Member__ImportedMembership)
					MEMBER__IMPORTED_MEMBERSHIP__INIT;
				items[i / 8].community_id = communities[1 + i / 8 % 3];
				items[i / 8].person_id = person(s, name);
				item_pointers[i / 8] = &items[i / 8];
				*m = (Member__ImportMembershipsRequest)
					MEMBER__IMPORT_MEMBERSHIPS_REQUEST__INIT;
				m->items = &item_pointers[i / 8];
				m->n_items = 1;
				methods[i] = method_member_import_memberships;
				pointers[i] = m;
				continue;
			}
			joins[i] =
				(Member__JoinCommunityRequest)MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
			joins[i].community_id = communities[(i / 8 + i) % 4];
			joins[i].person_id = person(s, name);
			methods[i] = method_member_join_community;
			pointers[i] = &joins[i];
		}
		suite_call_mixed(s, CROWD, methods, pointers, NULL, NULL, outcomes);
		for (unsigned i = 0; i < CROWD; i++) {
			if (outcomes[i].status == STATUS_OK) {
				n_merged += methods[i] == method_member_merge_persons;
				continue;
			}
			if (methods[i] == method_member_merge_persons)
				EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "MERGE_CYCLE");
			else
				EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "COMMUNITY_FULL");
		}
		/* A ring of eight: the merge that would close it is a cycle. */
		EXPECT_INT(n_merged, PEOPLE - 1);
		EXPECT_INT(member_count(s, communities[1]), 1);
		expect_sound(s);
	}
}

static void person_of_thousands_of_communities_is_merged_and_parted(void **state)
{
	struct suite *s = *state;
	Member__PersonMerge made;
	Member__UnmergePersonsResponse undone;

	postgres_int(
		suite_database(s),
		"WITH c AS (INSERT INTO member.community (community_id, name, owner_person_id, "
		"member_count, last_number, create_time, update_time) SELECT "
		"gen_random_uuid(), 'many', '%s', 1, 1, now(), now() "
		"FROM generate_series(1, 3000) RETURNING community_id), "
		"m AS (INSERT INTO member.membership (community_id, person_id, number, role, "
		"join_time) SELECT community_id, '%s', 1, 'OWNER', now() FROM c RETURNING *) "
		"INSERT INTO member.outbox (community_id, type, occur_time, person_id, version, "
		"membership_number, membership_role, membership_state) SELECT community_id, "
		"'MEMBERSHIP_CHANGED', now(), person_id, 1, 1, role, state FROM m",
		person(s, "many"), person(s, "many"));
	made = merged(s, "more", "many");
	EXPECT_INT(made.membership_count, 3000);
	expect_sound(s);
	EXPECT_OK(unmerge(s, made.merge_id, &undone));
	EXPECT_INT(undone.remainder_count, 0);
	expect_sound(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_only_the_merged_one_belonged_his_membership_goes_over),
		cmocka_unit_test(where_both_belonged_the_better_of_each_stays),
		cmocka_unit_test(ownership_goes_over_and_there_is_one_owner),
		cmocka_unit_test(who_is_present_leads_and_a_ban_stays_a_ban),
		cmocka_unit_test(identities_and_what_is_missing_go_over),
		cmocka_unit_test(merges_that_make_no_sense_are_refused),
		cmocka_unit_test(chains_end_at_the_last_survivor),
		cmocka_unit_test(merged_owner_acts_as_the_owner),
		cmocka_unit_test(import_of_a_merged_person_is_of_the_survivor),
		cmocka_unit_test(undone_at_once_all_is_as_before),
		cmocka_unit_test(membership_that_went_over_comes_back_and_leaves_an_ended_one),
		cmocka_unit_test(newest_merge_of_a_person_is_undone_first),
		cmocka_unit_test(who_is_merged_while_he_joins_ends_as_one_membership),
		cmocka_unit_test(person_of_thousands_of_communities_is_merged_and_parted),
		cmocka_unit_test(what_has_changed_since_stays_and_is_told),
	};

	return cmocka_run_group_tests_name("member: merges", tests, start, suite_teardown);
}
