/* All that is kept of one person, for him to take away. Statements are in sql/export.sql. */
#include "base/arena.h"
#include "event/ask.h"
#include "kith/activity/v1/privacy.pb-c.h"
#include "kith/content/v1/privacy.pb-c.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "kith_methods.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason            status               from
 * PERSON_NOT_FOUND  NOT_FOUND            Export
 * PERSON_ERASED     FAILED_PRECONDITION  Export
 */

/* One a noun that keeps something of persons. */
static enum status (*const exporters[])(struct call *c, const Member__ExportPersonRequest *who,
					Member__PersonExport *ret) = {
	sql_export_acceptances,
	sql_export_api_keys,
	sql_export_attributes,
	sql_export_audits,
	sql_export_contributions,
	sql_export_designations,
	sql_export_duties,
	sql_export_entitlements,
	sql_export_identities,
	sql_export_interests,
	sql_export_invitations,
	sql_export_join_requests,
	sql_export_journey_steps,
	sql_export_kol_changes,
	sql_export_level_changes,
	sql_export_memberships,
	sql_export_onboarding,
	sql_export_payments,
	sql_export_reports,
	sql_export_sanctions,
	sql_export_standings,
	sql_export_stays,
	sql_export_subscriptions,
	sql_export_verifications,
	NULL,
};

static void count(struct call *c, Member__ExportSection *section, const char *name, int64_t n)
{
	Member__ExportCount *counted = arena_alloc(c->arena, sizeof(*counted));

	member__export_count__init(counted);
	counted->name = name;
	counted->count = n;
	section->counts[section->n_counts++] = counted;
}

static enum status ask_content(struct call *c, const char *person_id,
			       Member__ExportSection *section)
{
	Content__GetAuthorSummaryRequest req = CONTENT__GET_AUTHOR_SUMMARY_REQUEST__INIT;
	Content__AuthorSummary summary = CONTENT__AUTHOR_SUMMARY__INIT;

	req.person_id = person_id;
	TRY(ask_peer(c, method_content_get_author_summary, &req.base, &summary.base));
	count(c, section, "posts", summary.post_count);
	count(c, section, "comments", summary.comment_count);
	count(c, section, "reactions", summary.reaction_count);

	return STATUS_OK;
}

static enum status ask_activity(struct call *c, const char *person_id,
				Member__ExportSection *section)
{
	Activity__GetParticipantSummaryRequest req =
		ACTIVITY__GET_PARTICIPANT_SUMMARY_REQUEST__INIT;
	Activity__ParticipantSummary summary = ACTIVITY__PARTICIPANT_SUMMARY__INIT;

	req.person_id = person_id;
	TRY(ask_peer(c, method_activity_get_participant_summary, &req.base, &summary.base));
	count(c, section, "hosted_events", summary.hosted_event_count);
	count(c, section, "registrations", summary.registration_count);
	count(c, section, "orders", summary.order_count);

	return STATUS_OK;
}

static const struct {
	const char *service;
	enum status (*ask)(struct call *c, const char *person_id, Member__ExportSection *section);
} others[] = {
	{"content", ask_content},
	{"activity", ask_activity},
};

#define N_OTHERS   (sizeof(others) / sizeof(others[0]))
#define COUNTS_MAX 3

/* Each may take a part of the time, so that one that hangs does not cost the others. */
static void ask(struct call *c, size_t i, const char *person_id, Member__ExportSection *section)
{
	int64_t deadline_us = c->deadline_us;
	enum status status;

	member__export_section__init(section);
	section->service = others[i].service;
	section->counts = arena_array(c->arena, COUNTS_MAX, sizeof(*section->counts));
	c->deadline_us -= call_left_us(c) * (int64_t)(N_OTHERS - i) / (N_OTHERS + 1);
	status = others[i].ask(c, person_id, section);
	c->deadline_us = deadline_us;
	section->code = (int32_t)status;
	section->reason = status == STATUS_OK ? "OK"
			  : c->fault.reason   ? c->fault.reason
					      : status_name(status);
	call_forgive(c);
}

enum status member_export_person(struct call *c, const Member__ExportPersonRequest *req,
				 Member__PersonExport *export)
{
	Member__ExportPersonRequest request = *req;

	export->person = arena_alloc(c->arena, sizeof(*export->person));
	member__person__init(export->person);
	TRY(person_read(c, req->person_id, export->person));
	request.person_id = export->person->person_id;
	for (size_t i = 0; exporters[i]; i++)
		TRY(exporters[i](c, &request, export));

	export->sections = arena_array(c->arena, N_OTHERS, sizeof(*export->sections));
	for (size_t i = 0; i < N_OTHERS; i++) {
		export->sections[i] = arena_alloc(c->arena, sizeof(**export->sections));
		ask(c, i, request.person_id, export->sections[i]);
	}
	export->n_sections = N_OTHERS;

	return STATUS_OK;
}
