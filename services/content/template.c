/* Copy templates: writing, filling in, and what came of them. Statements are in sql/template.sql.
 */
#include "base/text.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "copy.h"
#include "service/precondition.h"

/*
 * reason                    status               from
 * COPY_TEMPLATE_NOT_FOUND   NOT_FOUND            Get, Update, Retire, Render
 * TEMPLATE_USE_NOT_FOUND    NOT_FOUND            Convert
 * COPY_TEMPLATE_NAME_TAKEN  ALREADY_EXISTS       Create, Update (index)
 * TEMPLATE_OF_LIBRARY       FAILED_PRECONDITION  Update, Retire
 * TEMPLATE_RETIRED          FAILED_PRECONDITION  Update, Render
 * BAD_TEMPLATE              INVALID_ARGUMENT     Create, Update
 * MISSING_VARIABLE          INVALID_ARGUMENT     Render
 * UNKNOWN_VARIABLE          INVALID_ARGUMENT     Render
 * ETAG_MISMATCH             ABORTED              Update
 */

static const char *const changeable[] = {"name", "stage", "channel", "language", "body", NULL};

static enum status active(struct call *c, const Content__CopyTemplate *t)
{
	if (t->state == CONTENT__TEMPLATE_STATE__TEMPLATE_STATE_ACTIVE)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "TEMPLATE_RETIRED",
			 "the template is not to be used any more");
}

static enum status own(struct call *c, const Content__CopyTemplate *t)
{
	if (t->community_id[0])
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "TEMPLATE_OF_LIBRARY",
			 "the library's templates do not change; make one of your own");
}

static enum status get(struct call *c, const char *community_id, const char *template_id,
		       Content__CopyTemplate *ret)
{
	Content__GetTemplateRequest wanted = CONTENT__GET_TEMPLATE_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.template_id = template_id;

	return sql_template_get(c, &wanted, ret);
}

static enum status lock_own(struct call *c, const char *community_id, const char *template_id,
			    Content__CopyTemplate *ret)
{
	Content__GetTemplateRequest wanted = CONTENT__GET_TEMPLATE_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.template_id = template_id;
	TRY(sql_template_lock(c, &wanted, ret));

	return own(c, ret);
}

static enum status needed(struct call *c, const Content__CopyTemplate *t)
{
	enum status status = STATUS_OK;

	if (!t->name[0])
		status = call_violation(c, "copy_template.name", "is required");
	if (!t->stage)
		status = call_violation(c, "copy_template.stage", "is required");
	if (!t->channel)
		status = call_violation(c, "copy_template.channel", "is required");
	if (!t->language[0])
		status = call_violation(c, "copy_template.language", "is required");
	if (!t->body[0])
		status = call_violation(c, "copy_template.body", "is required");

	return status;
}

enum status content_create_template(struct call *c, const Content__CreateTemplateRequest *req,
				    Content__CopyTemplate *made)
{
	Content__CreateTemplateRequest request = *req;
	Content__CopyTemplate wanted = *req->copy_template;

	TRY(needed(c, &wanted));
	TRY(copy_variables(c, "copy_template.body", wanted.body, &wanted.variables,
			   &wanted.n_variables));
	request.copy_template = &wanted;

	return sql_template_create(c, &request, made);
}

enum status content_get_template(struct call *c, const Content__GetTemplateRequest *req,
				 Content__CopyTemplate *t)
{
	return sql_template_get(c, req, t);
}

enum status content_list_templates(struct call *c, const Content__ListTemplatesRequest *req,
				   Content__ListTemplatesResponse *list)
{
	return sql_template_list(c, req, list);
}

enum status content_update_template(struct call *c, const Content__UpdateTemplateRequest *req,
				    Content__CopyTemplate *changed)
{
	Content__UpdateTemplateRequest request = *req;
	Content__CopyTemplate wanted = *req->copy_template, was = CONTENT__COPY_TEMPLATE__INIT;
	Content__CopyTemplate whole = *req->copy_template;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(lock_own(c, req->community_id, req->template_id, &was));
	TRY(active(c, &was));
	TRY(etag_matches(c, req->copy_template->etag, was.etag));

	/* What the mask names may be changed, not emptied. */
	if (!mask_has(req->update_mask, "name"))
		whole.name = "-";
	if (!mask_has(req->update_mask, "stage"))
		whole.stage = MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_LAUNCH;
	if (!mask_has(req->update_mask, "channel"))
		whole.channel = CONTENT__COPY_CHANNEL__COPY_CHANNEL_GROUP;
	if (!mask_has(req->update_mask, "language"))
		whole.language = "-";
	if (!mask_has(req->update_mask, "body"))
		whole.body = "-";
	TRY(needed(c, &whole));
	TRY(copy_variables(c, "copy_template.body", wanted.body, &wanted.variables,
			   &wanted.n_variables));
	request.copy_template = &wanted;
	TRY(sql_template_update(c, &request));

	return get(c, req->community_id, req->template_id, changed);
}

enum status content_retire_template(struct call *c, const Content__RetireTemplateRequest *req,
				    Content__CopyTemplate *retired)
{
	Content__CopyTemplate was = CONTENT__COPY_TEMPLATE__INIT;

	TRY(lock_own(c, req->community_id, req->template_id, &was));
	TRY(sql_template_retire(c, req));

	return get(c, req->community_id, req->template_id, retired);
}

enum status content_render_template(struct call *c, const Content__RenderTemplateRequest *req,
				    Content__RenderedTemplate *rendered)
{
	Content__CopyTemplate t = CONTENT__COPY_TEMPLATE__INIT;
	const char *text;

	TRY(get(c, req->community_id, req->template_id, &t));
	TRY(active(c, &t));
	TRY(copy_render(c, t.body, req->values, req->n_values, &text));
	if (!req->preview)
		TRY(sql_template_use(c, req, rendered));
	rendered->text = text;

	return STATUS_OK;
}

enum status content_convert_template_use(struct call *c,
					 const Content__ConvertTemplateUseRequest *req,
					 Content__TemplateUse *use)
{
	return sql_template_convert(c, req, use);
}

enum status content_list_template_uses(struct call *c, const Content__ListTemplateUsesRequest *req,
				       Content__ListTemplateUsesResponse *list)
{
	return sql_template_use_list(c, req, list);
}
