/* Resources and the links that lead to them. Statements are in sql/resource.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "service/precondition.h"
#include "text/markdown.h"

/*
 * reason                   status               from
 * RESOURCE_NOT_FOUND       NOT_FOUND            Get, Update, Archive, CreateLink
 * RESOURCE_LINK_NOT_FOUND  NOT_FOUND            Visit, Convert
 * BAD_URL                  INVALID_ARGUMENT     Create, Update
 * RESOURCE_ARCHIVED        FAILED_PRECONDITION  Update, CreateLink
 * COMMUNITY_ARCHIVED       FAILED_PRECONDITION  Create
 * NOT_A_MEMBER             FAILED_PRECONDITION  CreateLink
 * PERSON_NOT_CALLER        PERMISSION_DENIED    CreateLink, ListLinks
 * ETAG_MISMATCH            ABORTED              Update
 */

static const char *const changeable[] = {"title", "description", "url", NULL};

/* What a statement has answered, with its description as HTML. */
static enum status shown(struct call *c, enum status status, Content__Resource *resource)
{
	if (status == STATUS_OK)
		resource->description_html = markdown_html(c->arena, resource->description);

	return status;
}

static enum status lock_active(struct call *c, const char *community_id, const char *resource_id,
			       Content__Resource *ret)
{
	Content__GetResourceRequest wanted = CONTENT__GET_RESOURCE_REQUEST__INIT;

	wanted.community_id = community_id;
	wanted.resource_id = resource_id;
	TRY(sql_resource_lock(c, &wanted, ret));
	if (ret->state == CONTENT__RESOURCE_STATE__RESOURCE_STATE_ACTIVE)
		return STATUS_OK;

	return call_fail(c, STATUS_FAILED_PRECONDITION, "RESOURCE_ARCHIVED",
			 "the resource was taken back");
}

enum status content_create_resource(struct call *c, const Content__CreateResourceRequest *req,
				    Content__Resource *resource)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (!req->resource->title[0])
		return call_violation(c, "resource.title", "is required");
	TRY(web_address(c, "resource.url", req->resource->url));
	TRY(replica_community(c, req->community_id, &community));
	if (community.state == MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "COMMUNITY_ARCHIVED",
				 "nothing changes any more in an archived community");

	return shown(c, sql_resource_create(c, req, resource), resource);
}

enum status content_get_resource(struct call *c, const Content__GetResourceRequest *req,
				 Content__Resource *resource)
{
	return shown(c, sql_resource_get(c, req, resource), resource);
}

enum status content_list_resources(struct call *c, const Content__ListResourcesRequest *req,
				   Content__ListResourcesResponse *list)
{
	TRY(sql_resource_list(c, req, list));
	for (size_t i = 0; i < list->n_resources; i++)
		TRY(shown(c, STATUS_OK, list->resources[i]));

	return STATUS_OK;
}

enum status content_update_resource(struct call *c, const Content__UpdateResourceRequest *req,
				    Content__Resource *resource)
{
	Content__Resource was = CONTENT__RESOURCE__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	if (mask_has(req->update_mask, "title") && !req->resource->title[0])
		return call_violation(c, "resource.title", "is required");
	if (req->resource->url[0] || mask_has(req->update_mask, "url"))
		TRY(web_address(c, "resource.url", req->resource->url));
	TRY(lock_active(c, req->community_id, req->resource_id, &was));
	TRY(etag_matches(c, req->resource->etag, was.etag));

	return shown(c, sql_resource_update(c, req, resource), resource);
}

enum status content_archive_resource(struct call *c, const Content__ArchiveResourceRequest *req,
				     Content__Resource *resource)
{
	return shown(c, sql_resource_archive(c, req, resource), resource);
}

enum status content_create_resource_link(struct call *c,
					 const Content__CreateResourceLinkRequest *req,
					 Content__ResourceLink *link)
{
	Content__CreateResourceLinkRequest request = *req;
	Content__Resource resource = CONTENT__RESOURCE__INIT;

	if (c->caller->kind == CALLER_PERSON)
		TRY(replica_actor(c, "person_id", req->person_id, &request.person_id));
	if (request.person_id[0])
		TRY(replica_admit(c, req->community_id, request.person_id, DEED_SILENT));
	TRY(lock_active(c, req->community_id, req->resource_id, &resource));

	return sql_resource_link_create(c, &request, link);
}

enum status content_list_resource_links(struct call *c,
					const Content__ListResourceLinksRequest *req,
					Content__ListResourceLinksResponse *list)
{
	Content__ListResourceLinksRequest request = *req;
	bool staff;

	TRY(caller_is_staff(c, req->community_id, &staff));
	if (!staff)
		TRY(replica_actor(c, "person_id", req->person_id, &request.person_id));

	return sql_resource_link_list(c, &request, list);
}

static enum status no_such_link(struct call *c)
{
	return call_fail(c, STATUS_NOT_FOUND, "RESOURCE_LINK_NOT_FOUND",
			 "the link leads nowhere, or nowhere any more");
}

enum status content_visit_resource_link(struct call *c,
					const Content__VisitResourceLinkRequest *req,
					Content__ResourceVisit *visit)
{
	bool found;

	TRY(sql_find_resource_link_visit(c, req, visit, &found));

	return found ? STATUS_OK : no_such_link(c);
}

enum status content_convert_resource_link(struct call *c,
					  const Content__ConvertResourceLinkRequest *req,
					  Content__ResourceLink *link)
{
	bool found;

	TRY(sql_find_resource_link_convert(c, req, link, &found));

	return found ? STATUS_OK : no_such_link(c);
}

enum status content_get_resource_report(struct call *c,
					const Content__GetResourceReportRequest *req,
					Content__ResourceReport *report)
{
	report->community_id = req->community_id;

	return sql_resource_report(c, req, report);
}
