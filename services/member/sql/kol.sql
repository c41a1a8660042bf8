-- Whom a community raises, and by what.

-- fragment: kol
community_id, person_id, track, stage, reason, version, create_time, update_time

-- Memberships m of communities c whose evidence is looked for.
-- fragment: kol_who
m.community_id, m.person_id, m.number, (:now::timestamptz AT TIME ZONE c.time_zone)::date AS today,
	(m.join_time AT TIME ZONE c.time_zone)::date AS join_date, COALESCE(m.mute_until_time > :now, false) AS muted

-- Who reached whom, each as who he is now.
-- fragment: reached_by
(
	SELECT r.community_id, r.person_id, r.last_time, COALESCE(
		(SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = r.by_person_id), r.by_person_id) AS by_person_id
	FROM (
		SELECT community_id, person_id, by_person_id, last_time FROM reached
		UNION ALL
		SELECT r.community_id, p.merged_into_person_id, r.by_person_id, r.last_time
		FROM person AS p JOIN reached AS r ON r.person_id = p.person_id
		WHERE p.merged_into_person_id IS NOT NULL) AS r
)

-- What is known of `who`; weeks are counted back from today.
-- fragment: kol_evidence
SELECT did.*, COALESCE((
		SELECT count(*) FROM accepted_answer a
		WHERE a.community_id = who.community_id AND a.accepted AND a.accept_time > :now::timestamptz - interval '84 days'
			AND a.person_id = ANY (ARRAY(SELECT who.person_id UNION ALL
				SELECT p.person_id FROM person AS p WHERE p.merged_into_person_id = who.person_id))), 0)::bigint
		AS accepted_answer_count,
	COALESCE((
		SELECT count(DISTINCT by_person_id) FROM {reached_by} AS r
		WHERE r.community_id = who.community_id AND r.person_id = who.person_id AND r.by_person_id <> r.person_id
			AND r.last_time > :now::timestamptz - interval '84 days'), 0)::integer AS reach,
	GREATEST(who.today - who.join_date, 0) AS member_days, who.muted
FROM (
	SELECT count(DISTINCT (who.today - day) / 7) FILTER (WHERE kind = 'POST')::integer AS post_weeks,
		COALESCE(sum(count) FILTER (WHERE kind = 'POST'), 0)::bigint AS post_count,
		COALESCE(sum(count) FILTER (WHERE kind = 'ANSWER'), 0)::bigint AS answer_count,
		count(DISTINCT (who.today - day) / 7) FILTER (WHERE is_engaged(kind))::integer AS engaged_weeks
	FROM {did} AS d
	WHERE d.community_id = who.community_id AND d.person_id = who.person_id AND d.count > 0
		AND d.day > who.today - 84 AND d.day <= who.today) AS did

-- Writes a step down; FROM the row as it is now.
-- fragment: kol_log
INSERT INTO kol_change (community_id, person_id, track, version, from_stage, to_stage, forced, reason, by_person_id,
	change_time, post_weeks, post_count, answer_count, accepted_answer_count, engaged_weeks, reach, member_days, muted)
SELECT community_id, person_id, track, version, :from_stage, stage, :forced, reason, :caller_id::uuid, :now,
	:evidence.post_weeks, :evidence.post_count, :evidence.answer_count, :evidence.accepted_answer_count,
	:evidence.engaged_weeks, :evidence.reach, :evidence.member_days, :evidence.muted

-- name: kol_evidence   in: member.KolStep   out: member.KolEvidence
SELECT did.*
FROM (SELECT {kol_who} FROM membership m JOIN community c USING (community_id)
	WHERE m.community_id = :community_id AND m.person_id = {named}) AS who
CROSS JOIN LATERAL ({kol_evidence}) AS did;

-- name: kol_get   in: member.GetKolRequest   out: member.Kol
SELECT {kol} FROM kol WHERE community_id = :community_id AND track = :track AND person_id = {named};

-- The first step too: from none, or from being dropped.
-- name: kol_step   in: member.KolStep   out: member.Kol
WITH stepped AS (
	INSERT INTO kol AS k (community_id, person_id, track, stage, reason, create_time, update_time)
	VALUES (:community_id, :person_id, :track, :to_stage, :reason, :now, :now)
	ON CONFLICT (community_id, track, person_id) DO UPDATE SET
		stage = EXCLUDED.stage, reason = EXCLUDED.reason, update_time = EXCLUDED.update_time, version = k.version + 1
	RETURNING *
), logged AS (
	{kol_log} FROM stepped
)
SELECT {kol} FROM stepped;

-- Who was merged keeps his place for when the two part; till then the survivor has it.
-- name: kol_list   in: member.ListKolsRequest   out: member.ListKolsResponse.kols   page: stage, person_id
SELECT {kol}
FROM kol
WHERE community_id = :community_id AND track = :track AND stage = COALESCE(:stage::text, stage)
	AND NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = kol.person_id AND p.merged_into_person_id IS NOT NULL)
	AND (stage, person_id) > (COALESCE(:after.stage::text, ''),
		COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY stage, person_id LIMIT :limit;

-- Under all of his ids, as with levels.
-- name: kol_change_list   in: member.ListKolChangesRequest   out: member.ListKolChangesResponse.changes   page: change_time, person_id, version
SELECT community_id, person_id, track, version, from_stage, to_stage, forced, reason, by_person_id, change_time,
	post_weeks AS "evidence.post_weeks", post_count AS "evidence.post_count", answer_count AS "evidence.answer_count",
	accepted_answer_count AS "evidence.accepted_answer_count",
	engaged_weeks AS "evidence.engaged_weeks", reach AS "evidence.reach", member_days AS "evidence.member_days",
	muted AS "evidence.muted"
FROM kol_change
WHERE community_id = :community_id AND track = :track AND person_id = ANY ({ids})
	AND (change_time, person_id, version) < (COALESCE(:after.change_time::timestamptz, 'infinity'),
		COALESCE(:after.person_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), COALESCE(:after.version::bigint, 0))
ORDER BY change_time DESC, person_id DESC, version DESC LIMIT :limit;

-- Looks only at those who were engaged in the 12 weeks.
-- name: kol_suggestions   in: member.ListKolSuggestionsRequest   out: member.ListKolSuggestionsResponse.suggestions   page: points, number
SELECT person_id, number, points, post_weeks AS "evidence.post_weeks", post_count AS "evidence.post_count",
	answer_count AS "evidence.answer_count", engaged_weeks AS "evidence.engaged_weeks", reach AS "evidence.reach",
	member_days AS "evidence.member_days", muted AS "evidence.muted"
FROM (
	SELECT who.person_id, who.number, did.*,
		CASE :track::text WHEN 'KOL' THEN 10 * post_weeks + 5 * engaged_weeks + LEAST(post_count, 100)
				+ 3 * LEAST(answer_count, 100) + 5 * LEAST(accepted_answer_count, 100) + 2 * LEAST(reach, 100)
			ELSE 10 * engaged_weeks + 5 * post_weeks + LEAST(member_days / 30, 12) END::bigint AS points
	FROM (
		SELECT {kol_who}
		FROM membership m JOIN community c USING (community_id)
		JOIN standing s ON s.community_id = m.community_id AND s.person_id = m.person_id
		WHERE m.community_id = :community_id AND m.state = 'ACTIVE'
			AND s.last_engaged_date > (:now::timestamptz AT TIME ZONE c.time_zone)::date - 84
			AND NOT EXISTS (SELECT FROM kol k
				WHERE k.community_id = m.community_id AND k.track = :track AND k.person_id = m.person_id)) AS who
	CROSS JOIN LATERAL ({kol_evidence}) AS did
	WHERE NOT who.muted) AS ranked
WHERE (points, -number) < (COALESCE(:after.points::bigint, 9223372036854775807), COALESCE(-:after.number::bigint, 0))
ORDER BY points DESC, number LIMIT :limit;

-- What is demanded for a stage where nothing else was set.
-- fragment: kol_default
(VALUES ('KOL', 'CANDIDATE', 3, 6::bigint, 0::bigint, 4, 5, 0), ('KOL', 'KOL', 6, 12, 0, 8, 20, 0),
	('KOL', 'AMBASSADOR', 9, 24, 0, 10, 50, 0), ('MANAGER', 'CANDIDATE', 0, 0, 0, 6, 0, 30),
	('MANAGER', 'KOL', 0, 0, 0, 9, 0, 60), ('MANAGER', 'AMBASSADOR', 0, 0, 0, 11, 0, 90))
	AS d (track, stage, post_weeks, post_count, answer_count, engaged_weeks, reach, member_days)

-- name: kol_requirements   in: member.GetKolPolicyRequest   out: member.KolPolicy.requirements
SELECT track, stage, COALESCE(r.post_weeks, d.post_weeks) AS post_weeks, COALESCE(r.post_count, d.post_count) AS post_count,
	COALESCE(r.answer_count, d.answer_count) AS answer_count, COALESCE(r.accepted_answer_count, 0) AS accepted_answer_count,
	COALESCE(r.engaged_weeks, d.engaged_weeks) AS engaged_weeks,
	COALESCE(r.reach, d.reach) AS reach, COALESCE(r.member_days, d.member_days) AS member_days
FROM {kol_default}
LEFT JOIN (SELECT * FROM kol_requirement WHERE community_id = :community_id) AS r USING (track, stage)
ORDER BY track, array_position(ARRAY['CANDIDATE', 'KOL', 'AMBASSADOR'], stage);

-- name: kol_policy_get   in: member.GetKolPolicyRequest   out: member.KolPolicy
SELECT :community_id::uuid AS community_id, COALESCE(max(version)::text, '') AS etag
FROM kol_policy WHERE community_id = :community_id;

-- name: kol_policy_store   in: member.UpdateKolPolicyRequest   out: member.KolPolicy
WITH kept AS (
	INSERT INTO kol_policy AS p (community_id) VALUES (:community_id)
	ON CONFLICT (community_id) DO UPDATE SET version = p.version + 1
	RETURNING *
), wanted AS (
	SELECT * FROM unnest(:policy.requirements.track::text[], :policy.requirements.stage::text[],
		:policy.requirements.post_weeks::integer[], :policy.requirements.post_count::bigint[],
		:policy.requirements.answer_count::bigint[], :policy.requirements.engaged_weeks::integer[],
		:policy.requirements.reach::integer[], :policy.requirements.member_days::integer[],
		:policy.requirements.accepted_answer_count::bigint[])
		AS w (track, stage, post_weeks, post_count, answer_count, engaged_weeks, reach, member_days, accepted_answer_count)
), gone AS (
	DELETE FROM kol_requirement r
	WHERE r.community_id = :community_id
		AND NOT EXISTS (SELECT FROM wanted w WHERE w.track = r.track AND w.stage = r.stage)
), set AS (
	INSERT INTO kol_requirement (community_id, track, stage, post_weeks, post_count, answer_count, engaged_weeks, reach,
		member_days, accepted_answer_count)
	SELECT :community_id, wanted.* FROM wanted
	ON CONFLICT (community_id, track, stage) DO UPDATE SET
		post_weeks = EXCLUDED.post_weeks, post_count = EXCLUDED.post_count, answer_count = EXCLUDED.answer_count,
		engaged_weeks = EXCLUDED.engaged_weeks, reach = EXCLUDED.reach, member_days = EXCLUDED.member_days,
		accepted_answer_count = EXCLUDED.accepted_answer_count
)
SELECT community_id, version::text AS etag FROM kept;

-- Who answered whom, or reacted to what he said; the last time of several, in whatever order they come.
-- name: reached_tell   in: event.DeliverEventsRequest
INSERT INTO reached AS r (community_id, person_id, by_person_id, last_time)
SELECT community_id, other_person_id, person_id, max(occur_time)
FROM unnest(:events.community_id::uuid[], :events.other_person_id::uuid[], :events.person_id::uuid[],
	:events.occur_time::timestamptz[]) AS e (community_id, other_person_id, person_id, occur_time)
WHERE person_id <> other_person_id
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (community_id, person_id, by_person_id) DO UPDATE SET last_time = EXCLUDED.last_time
WHERE r.last_time < EXCLUDED.last_time;

-- name: accepted_tell   in: event.DeliverEventsRequest
INSERT INTO accepted_answer AS a (community_id, answer_id, person_id, accepted, accept_time, version)
SELECT DISTINCT ON (community_id, subject_id) community_id, subject_id, other_person_id, type = 'ANSWER_ACCEPTED', occur_time,
	version
FROM unnest(:events.community_id::uuid[], :events.type::text[], :events.subject_id::uuid[], :events.other_person_id::uuid[],
	:events.occur_time::timestamptz[], :events.version::bigint[])
	AS e (community_id, type, subject_id, other_person_id, occur_time, version)
ORDER BY community_id, subject_id, version DESC
ON CONFLICT (community_id, answer_id) DO UPDATE SET
	person_id = EXCLUDED.person_id, accepted = EXCLUDED.accepted, accept_time = EXCLUDED.accept_time,
	version = EXCLUDED.version
WHERE a.version < EXCLUDED.version;

-- What others wrote about him.
-- name: kol_erase   in: member.GetPersonRequest
WITH his AS (
	SELECT community_id FROM membership WHERE person_id = :person_id
), changes AS (
	UPDATE kol_change k SET reason = '' FROM his
	WHERE k.community_id = his.community_id AND k.person_id = :person_id AND k.reason <> ''
)
UPDATE kol k SET reason = '' FROM his
WHERE k.community_id = his.community_id AND k.person_id = :person_id AND k.reason <> '';
