/* Channels: bindings to places outside. Statements are in sql/channel.sql. */
#include "kith/member/v1/channel.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason                status               from
 * COMMUNITY_NOT_FOUND   NOT_FOUND            Create, Update
 * COMMUNITY_ARCHIVED    FAILED_PRECONDITION  Create, Update
 * CHANNEL_NOT_FOUND     NOT_FOUND            Get, Lookup, Update, Delete
 * CHANNEL_TAKEN         ALREADY_EXISTS       Create (constraint)
 * ETAG_MISMATCH         ABORTED              Update
 * FIELD_NOT_CHANGEABLE  INVALID_ARGUMENT     Update
 */

static const char *const changeable[] = {"name", "capacity", "member_count", "state", NULL};

enum status member_create_channel(struct call *c, const Member__CreateChannelRequest *req,
				  Member__Channel *channel)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	if (!req->channel->kind)
		return call_violation(c, "channel.kind", "is required");
	if (!req->channel->external_id[0])
		return call_violation(c, "channel.external_id", "is required");
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));

	return sql_channel_create(c, req, channel);
}

enum status member_get_channel(struct call *c, const Member__GetChannelRequest *req,
			       Member__Channel *channel)
{
	return sql_channel_get(c, req, channel);
}

enum status member_list_channels(struct call *c, const Member__ListChannelsRequest *req,
				 Member__ListChannelsResponse *list)
{
	return sql_channel_list(c, req, list);
}

enum status member_lookup_channel(struct call *c, const Member__LookupChannelRequest *req,
				  Member__Channel *channel)
{
	return sql_channel_lookup(c, req, channel);
}

enum status member_update_channel(struct call *c, const Member__UpdateChannelRequest *req,
				  Member__Channel *channel)
{
	Member__GetChannelRequest wanted = MEMBER__GET_CHANNEL_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Member__Channel was = MEMBER__CHANNEL__INIT;

	TRY(mask_allows(c, req->update_mask, changeable));
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	wanted.community_id = req->community_id;
	wanted.channel_id = req->channel_id;
	TRY(sql_channel_lock(c, &wanted, &was));
	TRY(etag_matches(c, req->channel->etag, was.etag));

	return sql_channel_update(c, req, channel);
}

enum status member_delete_channel(struct call *c, const Member__DeleteChannelRequest *req,
				  Member__Channel *channel)
{
	return sql_channel_delete(c, req, channel);
}
