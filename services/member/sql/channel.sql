-- Channels. A place outside is taken in channel_place, in the same statement.

-- fragment: channel
community_id, channel_id, kind, external_id, name, capacity, member_count, state, version::text AS etag, create_time,
	update_time

-- name: channel_create   in: member.CreateChannelRequest   out: member.Channel
WITH taken AS (
	INSERT INTO channel_place (kind, external_id, community_id, channel_id)
	VALUES (:channel.kind, :channel.external_id, :community_id, :new_id)
	RETURNING *
)
INSERT INTO channel (community_id, channel_id, kind, external_id, name, capacity, member_count, state, create_time,
	update_time)
SELECT community_id, channel_id, kind, external_id, :channel.name, :channel.capacity, :channel.member_count,
	COALESCE(:channel.state::text, 'ACTIVE'), :now, :now
FROM taken
RETURNING {channel};

-- name: channel_get   in: member.GetChannelRequest   out: member.Channel
SELECT {channel}
FROM channel WHERE community_id = :community_id AND channel_id = :channel_id;

-- name: channel_lookup   in: member.LookupChannelRequest   out: member.Channel
SELECT {channel}
FROM channel JOIN (
	SELECT community_id, channel_id FROM channel_place
	WHERE kind = :kind AND external_id = :external_id) AS place USING (community_id, channel_id);

-- name: channel_lock   in: member.GetChannelRequest   out: member.Channel
SELECT {channel}
FROM channel WHERE community_id = :community_id AND channel_id = :channel_id FOR NO KEY UPDATE;

-- name: channel_list   in: member.ListChannelsRequest   out: member.ListChannelsResponse.channels   page: create_time, channel_id
SELECT {channel}
FROM channel
WHERE community_id = :community_id AND kind = COALESCE(:kind::text, kind) AND state = COALESCE(:state::text, state)
	AND (create_time, channel_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
		COALESCE(:after.channel_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY create_time, channel_id LIMIT :limit;

-- name: channel_update   in: member.UpdateChannelRequest   out: member.Channel
UPDATE channel SET
	name = CASE WHEN :mask.name THEN :channel.name ELSE name END,
	capacity = CASE WHEN :mask.capacity THEN :channel.capacity ELSE capacity END,
	member_count = CASE WHEN :mask.member_count THEN :channel.member_count ELSE member_count END,
	state = CASE WHEN :mask.state THEN COALESCE(:channel.state::text, 'ACTIVE') ELSE state END,
	version = version + 1,
	update_time = :now
WHERE community_id = :community_id AND channel_id = :channel_id
RETURNING {channel};

-- name: channel_delete   in: member.DeleteChannelRequest   out: member.Channel
WITH gone AS (
	DELETE FROM channel WHERE community_id = :community_id AND channel_id = :channel_id
	RETURNING *
), freed AS (
	DELETE FROM channel_place AS p USING gone WHERE p.kind = gone.kind AND p.external_id = gone.external_id
)
SELECT {channel}
FROM gone;
