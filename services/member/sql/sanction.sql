-- Sanctions. Who changes what a member may do has locked the community's row before, so that it is decided by one at a time.

-- What a sanction is to its readers.
-- fragment: sanction
community_id, sanction_id, case_id, person_id, kind, state, start_time, end_time, judge_person_id, note, appeal, appeal_time,
	answer, version::text AS etag

-- name: sanction_list   in: member.ListSanctionsRequest   out: member.ListSanctionsResponse.sanctions   page: start_time, sanction_id
SELECT found.*
FROM unnest(CASE WHEN :state::text IS NULL
		THEN ARRAY['IN_FORCE', 'APPEALED', 'CONFIRMED', 'OVERTURNED', 'LIFTED'] ELSE ARRAY[:state::text] END) AS s (state)
CROSS JOIN LATERAL (
	SELECT {sanction}
	FROM sanction AS one
	WHERE one.community_id = :community_id AND one.state = s.state
		AND (start_time, sanction_id) < (COALESCE(:after.start_time::timestamptz, 'infinity'),
			COALESCE(:after.sanction_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
	ORDER BY start_time DESC, sanction_id DESC LIMIT :limit
) AS found
ORDER BY start_time DESC, sanction_id DESC LIMIT :limit;

-- name: sanction_list_of_person   in: member.ListSanctionsRequest   out: member.ListSanctionsResponse.sanctions   page: start_time, sanction_id
SELECT {sanction}
FROM sanction
WHERE community_id = :community_id AND person_id = {named} AND state = COALESCE(:state::text, state)
	AND (start_time, sanction_id) < (COALESCE(:after.start_time::timestamptz, 'infinity'),
		COALESCE(:after.sanction_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY start_time DESC, sanction_id DESC LIMIT :limit;

-- name: sanction_lock   in: member.SanctionKey   out: member.StandingSanction
SELECT community_id AS "sanction.community_id", sanction_id AS "sanction.sanction_id", case_id AS "sanction.case_id",
	person_id AS "sanction.person_id", kind AS "sanction.kind", state AS "sanction.state",
	start_time AS "sanction.start_time", judge_person_id AS "sanction.judge_person_id",
	version::text AS "sanction.etag", put_out, start_time < :now::timestamptz - interval '14 days' AS appeal_too_late
FROM sanction WHERE community_id = :community_id AND sanction_id = :sanction_id FOR UPDATE;

-- A member who was muted for longer stays so. Who is away comes back muted.
-- name: sanction_mute   in: member.Verdict   out: none
WITH changed AS (
	UPDATE membership SET
		mute_until_time = GREATEST(mute_until_time, :now::timestamptz + make_interval(hours => :mute_hours)),
		version = version + 1
	WHERE community_id = :request.community_id AND person_id = :person_id
	RETURNING *
), told AS (
	{tell_membership} FROM changed
)
SELECT;

-- He may speak, as far as this sanction goes: until when others hold, and what others than sanctions have said for longer.
-- name: sanction_unmute   in: member.Sanction   out: none
WITH undone AS (
	SELECT * FROM sanction WHERE community_id = :community_id AND sanction_id = :sanction_id
), others AS (
	SELECT max(end_time) AS until_time FROM sanction
	WHERE community_id = :community_id AND person_id = :person_id AND sanction_id <> :sanction_id
		AND state IN ('IN_FORCE', 'APPEALED', 'CONFIRMED') AND end_time > :now
), changed AS (
	UPDATE membership AS m SET mute_until_time = others.until_time, version = m.version + 1
	FROM undone CROSS JOIN others
	WHERE m.community_id = undone.community_id AND m.person_id = undone.person_id
		AND m.mute_until_time <= undone.end_time AND m.mute_until_time IS DISTINCT FROM others.until_time
	RETURNING m.*
), told AS (
	{tell_membership} FROM changed
)
SELECT;

-- Whether another one keeps him out for good.
-- name: sanction_other_bans   in: member.Sanction   out: member.OtherBans
SELECT count(*) AS ban_count FROM sanction
WHERE community_id = :community_id AND person_id = :person_id AND sanction_id <> :sanction_id
	AND kind = 'BAN' AND state IN ('IN_FORCE', 'APPEALED', 'CONFIRMED');

-- The sanction is now in another state; the case's history says so, and an overturned one overturns the case.
-- name: sanction_move   in: member.SanctionMove   out: member.Sanction
WITH was AS (
	SELECT * FROM sanction WHERE community_id = :sanction.community_id AND sanction_id = :sanction.sanction_id
), changed AS (
	UPDATE sanction SET
		state = :state,
		appeal = CASE WHEN :state = 'APPEALED' THEN :words ELSE appeal END,
		appeal_time = CASE WHEN :state = 'APPEALED' THEN :now ELSE appeal_time END,
		answer = CASE WHEN :state = 'APPEALED' THEN answer ELSE :words END,
		version = version + 1
	WHERE community_id = :sanction.community_id AND sanction_id = :sanction.sanction_id
	RETURNING *
), moved AS (
	UPDATE violation_case AS c SET
		state = CASE WHEN :state = 'OVERTURNED' THEN 'OVERTURNED' ELSE c.state END,
		version = c.version + 1, update_time = :now
	FROM changed
	WHERE c.community_id = changed.community_id AND c.case_id = changed.case_id
	RETURNING c.*
), step AS (
	INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state,
		to_state, note)
	SELECT moved.community_id, moved.case_id, moved.version,
		CASE changed.state WHEN 'OVERTURNED' THEN 'APPEAL_ACCEPTED' WHEN 'CONFIRMED' THEN 'APPEAL_DENIED'
			ELSE changed.state END, :caller_id, :now, was.state, changed.state, :words
	FROM moved CROSS JOIN changed CROSS JOIN was
), told AS (
	{tell_judged} FROM moved WHERE state = 'OVERTURNED' AND subject_id <> subject_person_id
)
SELECT {sanction}
FROM changed;
