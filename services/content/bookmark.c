/* Bookmarks: posts kept for oneself. Statements are in sql/bookmark.sql. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"

/*
 * reason                            status               from
 * POST_NOT_FOUND                    NOT_FOUND            Bookmark
 * POST_STATE                        FAILED_PRECONDITION  Bookmark
 * NOT_A_MEMBER, COMMUNITY_ARCHIVED,
 * PERSON_MERGED                     FAILED_PRECONDITION  Bookmark
 * PERSON_NOT_CALLER                 PERMISSION_DENIED    Bookmark, Unbookmark
 */

enum status content_bookmark_post(struct call *c, const Content__BookmarkPostRequest *req,
				  Content__Bookmark *bookmark)
{
	Content__Post post = CONTENT__POST__INIT;
	const char *person;
	bool found;

	TRY(replica_actor(c, "person_id", req->person_id, &person));
	TRY(post_read(c, req->community_id, req->post_id, &post));
	TRY(post_readable(c, &post));
	TRY(replica_admit(c, req->community_id, person, DEED_SILENT));

	TRY(sql_find_bookmark_create(c, req, bookmark, &found));
	return found ? STATUS_OK : sql_bookmark_create(c, req, bookmark);
}

enum status content_unbookmark_post(struct call *c, const Content__UnbookmarkPostRequest *req,
				    Content__UnbookmarkPostResponse *reply)
{
	const char *person;

	TRY(replica_actor(c, "person_id", req->person_id, &person));

	return sql_bookmark_remove(c, req, reply);
}

enum status content_list_bookmarks(struct call *c, const Content__ListBookmarksRequest *req,
				   Content__ListBookmarksResponse *list)
{
	return sql_bookmark_list(c, req, list);
}
