/* Media of posts. Statements are in sql/media.sql. */
#include "media.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "content.h"
#include "content.sql.h"
#include "kith/content/v1/media_store.pb-c.h"

#define SHA256_DIGITS 64

enum medium {
	PICTURE = 1,
	FILM = 2,
	RECORDING = 4,
	DOCUMENT = 8,
};
#define ANY (PICTURE | FILM | RECORDING | DOCUMENT)

static const struct type {
	const char *name;
	enum medium medium;
} types[] = {
	{"image/avif", PICTURE},
	{"image/gif", PICTURE},
	{"image/heic", PICTURE},
	{"image/jpeg", PICTURE},
	{"image/png", PICTURE},
	{"image/webp", PICTURE},
	{"video/mp4", FILM},
	{"video/ogg", FILM},
	{"video/quicktime", FILM},
	{"video/webm", FILM},
	{"audio/aac", RECORDING},
	{"audio/flac", RECORDING},
	{"audio/mp4", RECORDING},
	{"audio/mpeg", RECORDING},
	{"audio/ogg", RECORDING},
	{"audio/wav", RECORDING},
	{"audio/webm", RECORDING},
	{"application/epub+zip", DOCUMENT},
	{"application/gzip", DOCUMENT},
	{"application/json", DOCUMENT},
	{"application/msword", DOCUMENT},
	{"application/pdf", DOCUMENT},
	{"application/vnd.ms-excel", DOCUMENT},
	{"application/vnd.ms-powerpoint", DOCUMENT},
	{"application/vnd.oasis.opendocument.presentation", DOCUMENT},
	{"application/vnd.oasis.opendocument.spreadsheet", DOCUMENT},
	{"application/vnd.oasis.opendocument.text", DOCUMENT},
	{"application/vnd.openxmlformats-officedocument.presentationml.presentation", DOCUMENT},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", DOCUMENT},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", DOCUMENT},
	{"application/zip", DOCUMENT},
	{"text/csv", DOCUMENT},
	{"text/markdown", DOCUMENT},
	{"text/plain", DOCUMENT},
};

/* What posts of a kind may have, and of what they have one at least; kinds that are not here may
 * have anything. */
static const struct kind {
	unsigned may;
	enum medium must;
} kinds[] = {
	[CONTENT__POST_KIND__POST_KIND_IMAGE] = {PICTURE, PICTURE},
	[CONTENT__POST_KIND__POST_KIND_VIDEO] = {FILM | PICTURE, FILM},
	[CONTENT__POST_KIND__POST_KIND_AUDIO] = {RECORDING | PICTURE, RECORDING},
};

static struct kind kind_of(Content__PostKind kind)
{
	size_t n = sizeof(kinds) / sizeof(kinds[0]);

	return (size_t)kind < n && kinds[kind].may ? kinds[kind] : (struct kind){.may = ANY};
}

static const struct type *type_of(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_equal(types[i].name, name))
			return &types[i];

	return NULL;
}

static int64_t max_bytes(const Content__ContentSettings *settings, enum medium medium)
{
	switch (medium) {
	case PICTURE:
		return settings->image_max_bytes;
	case FILM:
		return settings->video_max_bytes;
	case RECORDING:
		return settings->audio_max_bytes;
	case DOCUMENT:
		break;
	}

	return settings->document_max_bytes;
}

static bool is_among(const char *name, const Content__ContentSettings *settings)
{
	for (size_t i = 0; i < settings->n_media_types; i++)
		if (text_equal(settings->media_types[i], name))
			return true;

	return false;
}

static enum status bad_type(struct call *c, const char *field, const char *name, const char *why)
{
	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "MEDIA_TYPE", "%s %s", name, why);

	return call_violation(c, field, "%s", why);
}

static enum status type_fits(struct call *c, const Content__ContentSettings *settings,
			     Content__PostKind kind, const char *field, const char *name,
			     const struct type *type)
{
	if (!type)
		return bad_type(c, field, name, "is no type of media");
	if (settings->n_media_types && !is_among(name, settings))
		return bad_type(c, field, name, "is no type that the community allows");
	if (!(kind_of(kind).may & type->medium))
		return bad_type(c, field, name, "is no type for a post of this kind");

	return STATUS_OK;
}

static enum status size_fits(struct call *c, int64_t max, const char *field, int64_t size)
{
	if (size <= max)
		return STATUS_OK;

	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "MEDIA_TOO_LARGE",
			"it must not have more than %" PRId64 " bytes", max);
	call_fact(c, "max_bytes", arena_printf(c->arena, "%" PRId64, max));

	return call_violation(c, field, "must be at most %" PRId64, max);
}

static enum status is_sha256(struct call *c, const char *field, const char *text)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");

	if (!text[0] || (digits == SHA256_DIGITS && !text[digits]))
		return STATUS_OK;

	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_SHA256", "no SHA-256: %s", text);

	return call_violation(c, field, "must be %d hexadecimal digits", SHA256_DIGITS);
}

enum status media_fit(struct call *c, const char *community_id, Content__PostKind kind, size_t n,
		      Content__Media *const *media)
{
	Content__ContentSettings settings = CONTENT__CONTENT_SETTINGS__INIT;

	if (n == 0)
		return STATUS_OK;

	TRY(content_settings(c, community_id, &settings));
	if (n > (size_t)settings.media_max_count) {
		(void)call_fail(c, STATUS_INVALID_ARGUMENT, "TOO_MANY_MEDIA",
				"a post has %d media at most", settings.media_max_count);
		call_fact(c, "max_count", arena_printf(c->arena, "%d", settings.media_max_count));
		return call_violation(c, "post.media", "must be at most %d",
				      settings.media_max_count);
	}
	for (size_t i = 0; i < n; i++) {
		const char *field = arena_printf(c->arena, "post.media[%zu]", i);
		const struct type *type = type_of(media[i]->media_type);

		TRY(type_fits(c, &settings, kind, arena_printf(c->arena, "%s.media_type", field),
			      media[i]->media_type, type));
		TRY(size_fits(c, max_bytes(&settings, type->medium),
			      arena_printf(c->arena, "%s.size_bytes", field),
			      media[i]->size_bytes));
		TRY(web_address(c, arena_printf(c->arena, "%s.url", field), media[i]->url));
		TRY(is_sha256(c, arena_printf(c->arena, "%s.sha256", field), media[i]->sha256));
	}

	return STATUS_OK;
}

enum status media_suffice(struct call *c, Content__PostKind kind, size_t n,
			  Content__Media *const *media)
{
	enum medium must = kind_of(kind).must;

	if (!must)
		return STATUS_OK;
	for (size_t i = 0; i < n; i++) {
		const struct type *type = type_of(media[i]->media_type);

		if (type && type->medium == must)
			return STATUS_OK;
	}

	return call_fail(c, STATUS_FAILED_PRECONDITION, "MEDIA_MISSING",
			 "a post of this kind shows a %s at least",
			 must == PICTURE ? "picture"
			 : must == FILM  ? "film"
					 : "recording");
}

enum status media_types_known(struct call *c, const Content__ContentSettings *settings)
{
	for (size_t i = 0; i < settings->n_media_types; i++)
		if (!type_of(settings->media_types[i]))
			return bad_type(c, arena_printf(c->arena, "settings.media_types[%zu]", i),
					settings->media_types[i], "is no type of media");

	return STATUS_OK;
}

enum status media_put(struct call *c, const char *community_id, const char *post_id,
		      int64_t version, size_t n, Content__Media *const *media)
{
	Content__PostMedia wanted = CONTENT__POST_MEDIA__INIT;

	wanted.community_id = community_id;
	wanted.post_id = post_id;
	wanted.version = version;
	wanted.n_media = n;
	wanted.media = (Content__Media **)media;

	return sql_media_put(c, &wanted);
}

const char *media_alt_texts(struct arena *arena, size_t n, Content__Media *const *media)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		if (media[i]->alt_text[0])
			all = all[0] ? arena_printf(arena, "%s\n%s", all, media[i]->alt_text)
				     : media[i]->alt_text;

	return all;
}

/* Those of one version of one post. */
static void pick(struct arena *arena, const Content__PostMediaSet *set, const char *post_id,
		 int64_t version, size_t *ret_n, Content__Media ***ret)
{
	*ret = arena_array(arena, set->n_media, sizeof(**ret));
	*ret_n = 0;
	for (size_t i = 0; i < set->n_media; i++)
		if (set->media[i]->version == version &&
		    strcasecmp(set->media[i]->post_id, post_id) == 0)
			(*ret)[(*ret_n)++] = set->media[i]->media;
}

enum status media_show(struct call *c, const char *community_id, size_t n,
		       Content__Post *const *posts)
{
	Content__PostMediaQuery wanted = CONTENT__POST_MEDIA_QUERY__INIT;
	Content__PostMediaSet set = CONTENT__POST_MEDIA_SET__INIT;

	wanted.community_id = community_id;
	wanted.post_ids = arena_array(c->arena, n, sizeof(*wanted.post_ids));
	for (size_t i = 0; i < n; i++)
		if (posts[i]->media_count)
			wanted.post_ids[wanted.n_post_ids++] = posts[i]->post_id;
	wanted.n_versions = 1;
	wanted.versions = (int64_t[]){MEDIA_NOW};
	if (wanted.n_post_ids == 0)
		return STATUS_OK;

	TRY(sql_media_list(c, &wanted, &set));
	for (size_t i = 0; i < n; i++)
		pick(c->arena, &set, posts[i]->post_id, MEDIA_NOW, &posts[i]->n_media,
		     &posts[i]->media);

	return STATUS_OK;
}

enum status media_show_all(struct call *c, Content__ListPostsResponse *list)
{
	Content__PostMediaSet set = CONTENT__POST_MEDIA_SET__INIT;
	size_t having = 0;

	for (size_t i = 0; i < list->n_posts; i++)
		having += list->posts[i]->media_count > 0;
	if (having == 0)
		return STATUS_OK;

	TRY(sql_media_list_of_posts(c, list, &set));
	for (size_t i = 0; i < list->n_posts; i++)
		pick(c->arena, &set, list->posts[i]->post_id, MEDIA_NOW, &list->posts[i]->n_media,
		     &list->posts[i]->media);

	return STATUS_OK;
}

enum status media_show_edits(struct call *c, const char *community_id, size_t n,
			     Content__PostEdit *const *edits)
{
	Content__PostMediaQuery wanted = CONTENT__POST_MEDIA_QUERY__INIT;
	Content__PostMediaSet set = CONTENT__POST_MEDIA_SET__INIT;

	wanted.community_id = community_id;
	wanted.post_ids = arena_array(c->arena, n, sizeof(*wanted.post_ids));
	for (size_t i = 0; i < n; i++)
		if (edits[i]->media_count)
			wanted.post_ids[wanted.n_post_ids++] = edits[i]->post_id;
	wanted.n_versions = 1;
	wanted.versions = (int64_t[]){MEDIA_WAITING};
	if (wanted.n_post_ids == 0)
		return STATUS_OK;

	TRY(sql_media_list(c, &wanted, &set));
	for (size_t i = 0; i < n; i++)
		if (edits[i]->media_count)
			pick(c->arena, &set, edits[i]->post_id, MEDIA_WAITING, &edits[i]->n_media,
			     &edits[i]->media);

	return STATUS_OK;
}

enum status media_show_revisions(struct call *c, const char *community_id, const char *post_id,
				 size_t n, Content__PostRevision *const *revisions)
{
	Content__PostMediaQuery wanted = CONTENT__POST_MEDIA_QUERY__INIT;
	Content__PostMediaSet set = CONTENT__POST_MEDIA_SET__INIT;

	if (n == 0)
		return STATUS_OK;

	wanted.community_id = community_id;
	wanted.post_ids = &post_id;
	wanted.n_post_ids = 1;
	wanted.n_versions = n;
	wanted.versions = arena_array(c->arena, n, sizeof(*wanted.versions));
	for (size_t i = 0; i < n; i++)
		wanted.versions[i] = revisions[i]->version;
	TRY(sql_media_list(c, &wanted, &set));
	for (size_t i = 0; i < n; i++)
		pick(c->arena, &set, post_id, revisions[i]->version, &revisions[i]->n_media,
		     &revisions[i]->media);

	return STATUS_OK;
}
