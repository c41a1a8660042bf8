/* Culture of communities, and their welcome. Statements are in sql/culture.sql. */
#include "kith/member/v1/culture.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            all
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Update
 * ETAG_MISMATCH         ABORTED              Update
 * FIELD_NOT_CHANGEABLE  INVALID_ARGUMENT     Update
 */

#define VALUE_MAX  200
#define RITUAL_MAX 1000
#define STEPS_MAX  4

static const char *const changeable[] = {"values",        "slogan",     "anthem",  "anthem.title",
					 "anthem.lyrics", "anthem.url", "rituals", NULL};

static enum status read_culture(struct call *c, const char *community_id, Member__Culture *ret)
{
	Member__GetCultureRequest wanted = MEMBER__GET_CULTURE_REQUEST__INIT;
	enum status status;

	wanted.community_id = community_id;
	status = sql_culture_get(c, &wanted, ret);
	if (status != STATUS_NOT_FOUND)
		return status;

	call_forgive(c);
	return call_fail(c, STATUS_NOT_FOUND, "COMMUNITY_NOT_FOUND", "no such community");
}

enum status member_get_culture(struct call *c, const Member__GetCultureRequest *req,
			       Member__Culture *culture)
{
	return read_culture(c, req->community_id, culture);
}

enum status member_update_culture(struct call *c, const Member__UpdateCultureRequest *req,
				  Member__Culture *culture)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Culture was = MEMBER__CULTURE__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(texts_fit(c, "culture.values", req->culture->values, req->culture->n_values,
		      VALUE_MAX));
	TRY(texts_fit(c, "culture.rituals", req->culture->rituals, req->culture->n_rituals,
		      RITUAL_MAX));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(read_culture(c, req->community_id, &was));
	TRY(etag_matches(c, req->culture->etag, was.etag));

	return sql_culture_update(c, req, culture);
}

/* What one does who wants to come in, and who has. */
static void first_steps(struct call *c, const Member__Community *community,
			Member__Welcome *welcome)
{
	static const Member__FirstStep entrances[] = {
		[MEMBER__JOIN_MODE__JOIN_MODE_INVITE] =
			MEMBER__FIRST_STEP__FIRST_STEP_BRING_INVITATION,
		[MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL] =
			MEMBER__FIRST_STEP__FIRST_STEP_ASK_TO_JOIN,
		[MEMBER__JOIN_MODE__JOIN_MODE_PAID] = MEMBER__FIRST_STEP__FIRST_STEP_BUY_PLAN,
		[MEMBER__JOIN_MODE__JOIN_MODE_VERIFIED] =
			MEMBER__FIRST_STEP__FIRST_STEP_VERIFY_NAME,
		[MEMBER__JOIN_MODE__JOIN_MODE_CONDITION] =
			MEMBER__FIRST_STEP__FIRST_STEP_MEET_CONDITIONS,
		[MEMBER__JOIN_MODE__JOIN_MODE_MIXED] = MEMBER__FIRST_STEP__FIRST_STEP_CHOOSE_WAY,
	};
	Member__FirstStep *steps = arena_array(c->arena, STEPS_MAX, sizeof(*steps));
	size_t n = 0;

	if (community->state != MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ACTIVE)
		return;
	if (entrances[community->join_mode])
		steps[n++] = entrances[community->join_mode];
	steps[n++] = MEMBER__FIRST_STEP__FIRST_STEP_JOIN;
	if (community->rules_version)
		steps[n++] = MEMBER__FIRST_STEP__FIRST_STEP_ACCEPT_RULES;
	steps[n++] = MEMBER__FIRST_STEP__FIRST_STEP_SAY_HELLO;
	welcome->first_steps = steps;
	welcome->n_first_steps = n;
}

enum status member_get_welcome(struct call *c, const Member__GetWelcomeRequest *req,
			       Member__Welcome *welcome)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	wanted.community_id = req->community_id;
	TRY(sql_community_get(c, &wanted, &community));
	welcome->culture = arena_alloc(c->arena, sizeof(*welcome->culture));
	member__culture__init(welcome->culture);
	TRY(read_culture(c, req->community_id, welcome->culture));

	welcome->community_id = community.community_id;
	welcome->name = community.name;
	welcome->avatar_url = community.avatar_url;
	welcome->notice = community.notice;
	welcome->theme = community.theme;
	welcome->join_mode = community.join_mode;
	welcome->rules_version = community.rules_version;
	first_steps(c, &community, welcome);

	return STATUS_OK;
}
