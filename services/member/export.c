/* All that is kept of one person, for him to take away: a section for each service and each of his
 * ids. Statements are in sql/export.sql. */
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "event/ask.h"
#include "kith/activity/v1/privacy.pb-c.h"
#include "kith/content/v1/privacy.pb-c.h"
#include "kith/evaluation/v1/privacy.pb-c.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "kith/member/v1/privacy_store.pb-c.h"
#include "kith_methods.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason            status               from
 * PERSON_NOT_FOUND  NOT_FOUND            Export
 * PERSON_ERASED     FAILED_PRECONDITION  Export
 * BAD_PAGE_TOKEN    INVALID_ARGUMENT     Export
 */

/* What comes behind that much is given by its token alone: with one section more, the whole stays
 * below the 4 MiB of a message. */
#define EXPORT_BYTES (512u << 10)

/* Where in an export: a section, behind the rows that its service's token tells. */
enum { SERVICE, PERSON, TOKEN, N_PLACE };

static const char list[] = "export";

/* -- what each service keeps */

static enum status read_member(struct call *c, const Member__PersonRecordsQuery *query,
			       Member__ExportSection *ret)
{
	ret->member = arena_alloc(c->arena, sizeof(*ret->member));
	member__person_records__init(ret->member);
	TRY(sql_walk(c, &member_sql, &query->base, &ret->member->base));
	ret->next_page_token = ret->member->next_page_token;
	ret->member->next_page_token = "";

	return STATUS_OK;
}

static enum status read_content(struct call *c, const Member__PersonRecordsQuery *query,
				Member__ExportSection *ret)
{
	Content__ListContentRecordsRequest req = CONTENT__LIST_CONTENT_RECORDS_REQUEST__INIT;
	Content__PersonRecords *page = arena_alloc(c->arena, sizeof(*page));

	req.person_id = query->person_id;
	req.page_size = query->page_size;
	req.page_token = query->page_token;
	content__person_records__init(page);
	TRY(ask_peer(c, method_content_list_content_records, &req.base, &page->base));
	ret->next_page_token = page->next_page_token;
	page->next_page_token = "";
	ret->content = page;

	return STATUS_OK;
}

static enum status read_activity(struct call *c, const Member__PersonRecordsQuery *query,
				 Member__ExportSection *ret)
{
	Activity__ListActivityRecordsRequest req = ACTIVITY__LIST_ACTIVITY_RECORDS_REQUEST__INIT;
	Activity__PersonRecords *page = arena_alloc(c->arena, sizeof(*page));

	req.person_id = query->person_id;
	req.page_size = query->page_size;
	req.page_token = query->page_token;
	activity__person_records__init(page);
	TRY(ask_peer(c, method_activity_list_activity_records, &req.base, &page->base));
	ret->next_page_token = page->next_page_token;
	page->next_page_token = "";
	ret->activity = page;

	return STATUS_OK;
}

static enum status read_evaluation(struct call *c, const Member__PersonRecordsQuery *query,
				   Member__ExportSection *ret)
{
	Evaluation__ListEvaluationRecordsRequest req =
		EVALUATION__LIST_EVALUATION_RECORDS_REQUEST__INIT;
	Evaluation__PersonRecords *page = arena_alloc(c->arena, sizeof(*page));

	req.person_id = query->person_id;
	req.page_size = query->page_size;
	req.page_token = query->page_token;
	evaluation__person_records__init(page);
	TRY(ask_peer(c, method_evaluation_list_evaluation_records, &req.base, &page->base));
	ret->next_page_token = page->next_page_token;
	page->next_page_token = "";
	ret->evaluation = page;

	return STATUS_OK;
}

static const struct source {
	const char *service;
	enum status (*read)(struct call *c, const Member__PersonRecordsQuery *query,
			    Member__ExportSection *ret);
} sources[] = {
	{"member", read_member},
	{"content", read_content},
	{"activity", read_activity},
	{"evaluation", read_evaluation},
};

#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

/* -- sections */

/* The section at that place, with the token of the next page. */
static enum status read_section(struct call *c, const Member__ExportPersonRequest *req,
				const struct source *source, const char *const place[N_PLACE],
				Member__ExportSection *ret)
{
	Member__PersonRecordsQuery query = MEMBER__PERSON_RECORDS_QUERY__INIT;
	const char *next[N_PLACE] = {place[SERVICE], place[PERSON], ""};

	query.person_id = place[PERSON];
	query.page_size = req->page_size;
	query.page_token = place[TOKEN];
	TRY(source->read(c, &query, ret));
	next[TOKEN] = ret->next_page_token;
	if (*next[TOKEN])
		ret->next_page_token = sql_place_token(c, list, &req->base, next, N_PLACE);
	ret->reason = "OK";

	return STATUS_OK;
}

static Member__ExportSection *add_section(struct call *c, const char *service,
					  const char *person_id, Member__PersonExport *export)
{
	Member__ExportSection *section = arena_alloc(c->arena, sizeof(*section));

	member__export_section__init(section);
	section->service = service;
	section->person_id = person_id;
	export->sections[export->n_sections++] = section;

	return section;
}

/* What has kept a service from answering; it is not asked again for another id. */
struct failure {
	enum status status;
	const char *reason;
};

/* The first page of a section, in a part of the time, so that a service that hangs does not cost
 * the others; only its token when the export is full. */
static enum status begin_section(struct call *c, const Member__ExportPersonRequest *req, size_t i,
				 const char *person_id, struct failure *failure,
				 Member__PersonExport *export)
{
	const char *place[N_PLACE] = {sources[i].service, person_id, ""};
	bool full = protobuf_c_message_get_packed_size(&export->base) > EXPORT_BYTES;
	Member__ExportSection *section = add_section(c, place[SERVICE], person_id, export);
	int64_t deadline_us = c->deadline_us;

	if (!full && failure->status == STATUS_OK) {
		c->deadline_us -=
			call_left_us(c) * (int64_t)(N_SOURCES - i) / (int64_t)(N_SOURCES + 1);
		failure->status = read_section(c, req, &sources[i], place, section);
		failure->reason = c->fault.reason;
		c->deadline_us = deadline_us;
	}
	if (failure->status == STATUS_PENDING)
		return STATUS_PENDING;

	call_forgive(c);
	if (full || failure->status != STATUS_OK)
		section->next_page_token = sql_place_token(c, list, &req->base, place, N_PLACE);
	section->code = (int32_t)failure->status;
	section->reason = failure->status == STATUS_OK ? "OK"
			  : failure->reason            ? failure->reason
						       : status_name(failure->status);

	return STATUS_OK;
}

/* The first page of each section. */
static enum status begin(struct call *c, const Member__ExportPersonRequest *req,
			 const Member__PersonIds *ids, Member__PersonExport *export)
{
	struct failure failures[N_SOURCES] = {{STATUS_OK}};

	export->sections =
		arena_array(c->arena, N_SOURCES * ids->n_person_ids, sizeof(*export->sections));
	for (size_t k = 0; k < ids->n_person_ids; k++)
		for (size_t i = 0; i < N_SOURCES; i++)
			TRY(begin_section(c, req, i, ids->person_ids[k], &failures[i], export));

	return STATUS_OK;
}

static bool is_his(const Member__PersonIds *ids, const char *person_id)
{
	for (size_t i = 0; i < ids->n_person_ids; i++)
		if (strcasecmp(ids->person_ids[i], person_id) == 0)
			return true;

	return false;
}

static enum status go_on(struct call *c, const Member__ExportPersonRequest *req,
			 const Member__PersonIds *ids, const char *const place[N_PLACE],
			 Member__PersonExport *export)
{
	export->sections = arena_array(c->arena, 1, sizeof(*export->sections));
	for (size_t i = 0; i < N_SOURCES && is_his(ids, place[PERSON]); i++)
		if (text_equal(sources[i].service, place[SERVICE]))
			return read_section(
				c, req, &sources[i], place,
				add_section(c, sources[i].service, place[PERSON], export));

	return call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_PAGE_TOKEN",
			 "page_token: is of a section that is no longer his");
}

enum status member_export_person(struct call *c, const Member__ExportPersonRequest *req,
				 Member__PersonExport *export)
{
	const char *place[N_PLACE] = {"", "", ""};
	Member__GetPersonRequest who = MEMBER__GET_PERSON_REQUEST__INIT;
	Member__PersonIds ids = MEMBER__PERSON_IDS__INIT;
	size_t limit;

	TRY(sql_place_read(c, list, &req->base, place, N_PLACE, &limit));
	export->person = arena_alloc(c->arena, sizeof(*export->person));
	member__person__init(export->person);
	TRY(person_read(c, req->person_id, export->person));
	who.person_id = export->person->person_id;
	TRY(sql_person_ids(c, &who, &ids));

	return *place[SERVICE] ? go_on(c, req, &ids, place, export) : begin(c, req, &ids, export);
}
