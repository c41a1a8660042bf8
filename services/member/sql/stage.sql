-- Stages. The handler has locked the community's row.

-- A positioning that came after the last decline.
-- name: stage_positioned   in: member.GetCommunityRequest   out: member.Positioning
SELECT version FROM positioning
WHERE community_id = :community_id AND create_time > (
	SELECT COALESCE(max(change_time), '-infinity') FROM stage_change
	WHERE community_id = :community_id AND to_stage = 'DECLINE')
ORDER BY version DESC LIMIT 1;

-- name: stage_set   in: member.SetCommunityStageRequest   out: member.Community
WITH was AS (
	SELECT community_id, stage FROM community WHERE community_id = :community_id
), changed AS (
	UPDATE community SET stage = :stage, version = version + 1, update_time = :now
	WHERE community_id = :community_id
	RETURNING *
), noted AS (
	INSERT INTO stage_change (community_id, number, from_stage, to_stage, reason, change_time)
	SELECT community_id, 1 + (SELECT count(*) FROM stage_change WHERE community_id = :community_id), stage, :stage,
		:reason, :now
	FROM was
), told AS (
	{tell_community} FROM changed
)
SELECT {community}
FROM changed;

-- name: stage_change_list   in: member.ListStageChangesRequest   out: member.ListStageChangesResponse.stage_changes   page: number
SELECT community_id, number, from_stage, to_stage, reason, change_time
FROM stage_change
WHERE community_id = :community_id AND number < COALESCE(:after.number::bigint, 9223372036854775807)
ORDER BY number DESC LIMIT :limit;
