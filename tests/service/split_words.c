/* Crowds with ties, and splits of them, in the words of the tests. */
#include "split_words.h"

#include "base/clock.h"
#include "base/id.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith_methods.h"

#define AT_ONCE_MAX 1000
#define TIES_MAX    5000

static const char *id(struct suite *s, const char *name)
{
	char made[ID_SIZE];

	id_of("person", name, made);

	return arena_string(suite_arena(s), made);
}

const char *one_of(struct suite *s, const char *prefix, unsigned i)
{
	return id(s, arena_printf(suite_arena(s), "%s %u", prefix, i));
}

void given_crowd(struct suite *s, const char *community, const char *prefix, unsigned n)
{
	Member__ImportMembershipsRequest request = MEMBER__IMPORT_MEMBERSHIPS_REQUEST__INIT;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;

	request.items = arena_array(suite_arena(s), AT_ONCE_MAX, sizeof(*request.items));
	for (unsigned i = 0; i < n; i++) {
		Member__ImportedMembership *item = arena_alloc(suite_arena(s), sizeof(*item));
		Google__Protobuf__Timestamp *time = arena_alloc(suite_arena(s), sizeof(*time));

		google__protobuf__timestamp__init(time);
		time->seconds = 1577836800 + i;
		member__imported_membership__init(item);
		item->community_id = community;
		item->person_external_id = arena_printf(suite_arena(s), "%s %u", prefix, i);
		item->person_id = one_of(s, prefix, i);
		item->join_time = time;
		request.items[request.n_items++] = item;
		if (request.n_items < AT_ONCE_MAX && i + 1 < n)
			continue;
		EXPECT_OK(suite_call_as_platform(s, method_member_import_memberships, &request,
						 &counts));
		request.n_items = 0;
	}
}

struct outcome import_ties(struct suite *s, const char *community, const char *source,
			   const char *prefix, const struct tie *ties, size_t n,
			   Member__ImportTiesResponse *ret)
{
	Member__ImportTiesRequest request = MEMBER__IMPORT_TIES_REQUEST__INIT;

	request.community_id = community;
	request.source = source;
	request.items = arena_array(suite_arena(s), n + 1, sizeof(*request.items));
	for (size_t i = 0; i < n; i++) {
		Member__ImportedTie *item = arena_alloc(suite_arena(s), sizeof(*item));

		member__imported_tie__init(item);
		item->person_id = one_of(s, prefix, ties[i].a);
		item->other_person_id = one_of(s, prefix, ties[i].b);
		item->weight = ties[i].weight;
		request.items[request.n_items++] = item;
	}

	return suite_call(s, method_member_import_ties, &request, ret);
}

static unsigned draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;

	return (unsigned)(*state >> 33) % below;
}

size_t given_groups(struct suite *s, const char *community, const char *prefix, unsigned n,
		    unsigned groups, unsigned inside, unsigned outside, uint64_t seed)
{
	Member__ImportTiesResponse counts = MEMBER__IMPORT_TIES_RESPONSE__INIT;
	struct tie *ties = arena_array(suite_arena(s), TIES_MAX, sizeof(*ties));
	size_t n_ties = 0, total = 0;

	for (unsigned a = 0; a < n; a++) {
		for (unsigned b = a + 1; b < n; b++) {
			unsigned percent = a % groups == b % groups ? inside : outside;

			if (draw(&seed, 100) < percent)
				ties[n_ties++] = (struct tie){a, b, 1 + draw(&seed, 3)};
			if (n_ties < TIES_MAX && (a + 2 < n || n_ties == 0))
				continue;
			EXPECT_OK(import_ties(s, community, "test", prefix, ties, n_ties, &counts));
			total += n_ties;
			n_ties = 0;
		}
	}

	return total;
}

Member__Split *order(struct suite *s, Member__SplitStrategy strategy, int64_t min_size,
		     int64_t max_size)
{
	Member__Split *wish = arena_alloc(suite_arena(s), sizeof(*wish));

	member__split__init(wish);
	wish->strategy = strategy;
	wish->min_size = min_size;
	wish->max_size = max_size;

	return wish;
}

struct outcome create_split(struct suite *s, const char *community, const Member__Split *wish,
			    const char *const *targets, unsigned fresh, Member__Split *ret)
{
	Member__CreateSplitRequest request = MEMBER__CREATE_SPLIT_REQUEST__INIT;
	Member__Split wanted = *wish;
	unsigned existing = 0;

	while (targets && targets[existing])
		existing++;
	if (!wanted.parts) {
		Member__SplitPart *parts =
			arena_array(suite_arena(s), existing + fresh + 1, sizeof(*parts));

		wanted.parts =
			arena_array(suite_arena(s), existing + fresh + 1, sizeof(*wanted.parts));
		for (unsigned i = 0; i < existing + fresh; i++) {
			member__split_part__init(&parts[i]);
			parts[i].community_id = i < existing ? targets[i] : "";
			wanted.parts[wanted.n_parts++] = &parts[i];
		}
	}
	request.community_id = community;
	request.split = &wanted;
	*ret = (Member__Split)MEMBER__SPLIT__INIT;

	return suite_call(s, method_member_create_split, &request, ret);
}

struct outcome start_split(struct suite *s, const Member__Split *split, Member__Split *ret)
{
	Member__StartSplitRequest request = MEMBER__START_SPLIT_REQUEST__INIT;

	request.community_id = split->community_id;
	request.split_id = split->split_id;
	*ret = (Member__Split)MEMBER__SPLIT__INIT;

	return suite_call(s, method_member_start_split, &request, ret);
}

struct outcome cancel_split(struct suite *s, const Member__Split *split, Member__Split *ret)
{
	Member__CancelSplitRequest request = MEMBER__CANCEL_SPLIT_REQUEST__INIT;

	request.community_id = split->community_id;
	request.split_id = split->split_id;
	*ret = (Member__Split)MEMBER__SPLIT__INIT;

	return suite_call(s, method_member_cancel_split, &request, ret);
}

struct outcome revert_split(struct suite *s, const Member__Split *split, Member__Split *ret)
{
	Member__RevertSplitRequest request = MEMBER__REVERT_SPLIT_REQUEST__INIT;

	request.community_id = split->community_id;
	request.split_id = split->split_id;
	*ret = (Member__Split)MEMBER__SPLIT__INIT;

	return suite_call(s, method_member_revert_split, &request, ret);
}

Member__Split split_of(struct suite *s, const Member__Split *split)
{
	Member__GetSplitRequest request = MEMBER__GET_SPLIT_REQUEST__INIT;
	int64_t until = clock_mono_us() + 10000000;
	struct outcome outcome;
	Member__Split is;

	request.community_id = split->community_id;
	request.split_id = split->split_id;
	do {
		is = (Member__Split)MEMBER__SPLIT__INIT;
		outcome = suite_call_as_platform(s, method_member_get_split, &request, &is);
	} while (outcome.status == STATUS_UNAVAILABLE && clock_mono_us() < until);
	EXPECT_OK(outcome);

	return is;
}

Member__Split await_split(struct suite *s, const Member__Split *split, Member__SplitState state)
{
	int64_t until = clock_mono_us() + 30000000;
	Member__Split is = split_of(s, split);

	while (is.state != state && clock_mono_us() < until)
		is = split_of(s, split);
	EXPECT_INT(is.state, state);

	return is;
}

Member__Split given_split(struct suite *s, const char *community, const Member__Split *wish,
			  const char *const *targets, unsigned fresh)
{
	Member__Split split;

	EXPECT_OK(create_split(s, community, wish, targets, fresh, &split));

	return await_split(s, &split, MEMBER__SPLIT_STATE__SPLIT_STATE_PLANNED);
}

void expect_whole(struct suite *s, const char *community)
{
	struct postgres *db = suite_database(s);

	EXPECT_INT(postgres_int(db,
				"SELECT c.member_count - (SELECT count(*) FROM member.membership m "
				"WHERE m.community_id = c.community_id AND m.state = 'ACTIVE') "
				"FROM member.community c WHERE community_id = '%s'",
				community),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT abs(c.last_number - count(m)) "
				"+ abs(c.last_number - COALESCE(max(m.number), 0)) "
				"FROM member.community c LEFT JOIN member.membership m "
				"USING (community_id) WHERE community_id = '%s' "
				"GROUP BY c.last_number",
				community),
		   0);
	EXPECT_INT(
		postgres_int(db,
			     "SELECT count(*) FROM member.membership m LEFT JOIN (SELECT "
			     "community_id, person_id, count(*) AS times FROM (SELECT event_id, "
			     "community_id, person_id, type FROM member.outbox UNION SELECT "
			     "event_id, community_id, person_id, type FROM member.outbox_late) o "
			     "WHERE type = 'MEMBERSHIP_CHANGED' GROUP BY 1, 2) AS told "
			     "USING (community_id, person_id) WHERE community_id = '%s' "
			     "AND version IS DISTINCT FROM times",
			     community),
		0);
}
