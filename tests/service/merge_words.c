/* Words about merged persons: see merge_words.h. */
#include "merge_words.h"

#include "kith/member/v1/ladder.pb-c.h"
#include "kith_methods.h"

const char *merged(struct suite *s, const char *survivor, const char *other)
{
	Member__MergePersonsRequest request = MEMBER__MERGE_PERSONS_REQUEST__INIT;
	Member__PersonMerge made = MEMBER__PERSON_MERGE__INIT;

	request.person_id = person(s, survivor);
	request.merged_person_id = person(s, other);
	EXPECT_OK(suite_call_as_platform(s, method_member_merge_persons, &request, &made));

	return made.merge_id;
}

int32_t parted(struct suite *s, const char *merge_id)
{
	Member__UnmergePersonsRequest request = MEMBER__UNMERGE_PERSONS_REQUEST__INIT;
	Member__UnmergePersonsResponse undone = MEMBER__UNMERGE_PERSONS_RESPONSE__INIT;

	request.merge_id = merge_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_unmerge_persons, &request, &undone));
	for (size_t i = 0; i < undone.n_remainders; i++)
		print_message("stayed: kind %d, %s\n", (int)undone.remainders[i]->kind,
			      undone.remainders[i]->key);

	return undone.remainder_count;
}

void given_hundreds(struct suite *s, const char *community)
{
	Member__UpdateLadderRequest request = MEMBER__UPDATE_LADDER_REQUEST__INIT;
	Member__Ladder ladder = MEMBER__LADDER__INIT, made = ladder;
	Member__ActivityWeight post = MEMBER__ACTIVITY_WEIGHT__INIT, comment = post;
	Member__ActivityWeight *weights[] = {&post, &comment};
	Member__LadderLevel levels[3], *pointers[3];

	post.kind = MEMBER__ACTIVITY_KIND__ACTIVITY_KIND_POST;
	post.weight = 10;
	comment.kind = MEMBER__ACTIVITY_KIND__ACTIVITY_KIND_COMMENT;
	comment.weight = 3;
	for (int i = 0; i < 3; i++) {
		levels[i] = (Member__LadderLevel)MEMBER__LADDER_LEVEL__INIT;
		levels[i].name = "a level";
		levels[i].threshold = 100 * (i + 1);
		pointers[i] = &levels[i];
	}
	ladder.weights = weights;
	ladder.n_weights = 2;
	ladder.levels = pointers;
	ladder.n_levels = 3;
	request.community_id = community;
	request.ladder = &ladder;
	EXPECT_OK(suite_call_as_platform(s, method_member_update_ladder, &request, &made));
}
