-- Text checks: settings, and what is kept of texts for a while so that others can be compared with them.

-- What holds where nothing was set; FROM text_settings AS s, which may be missing.
-- fragment: text_settings
COALESCE(s.newcomer_days, 3) AS newcomer_days, COALESCE(s.newcomer_level, 0) AS newcomer_level,
	COALESCE(s.max_links, 10) AS max_links, COALESCE(s.hold_advertisements, true) AS hold_advertisements,
	COALESCE(s.duplicate_hours, 24) AS duplicate_hours, COALESCE(s.duplicate_distance, 3) AS duplicate_distance,
	COALESCE(s.newcomer_hour_limit, 20) AS newcomer_hour_limit, COALESCE(s.newcomer_day_limit, 60) AS newcomer_day_limit,
	COALESCE(s.member_hour_limit, 120) AS member_hour_limit, COALESCE(s.member_day_limit, 600) AS member_day_limit,
	COALESCE(s.report_hold_weight, 1500) AS report_hold_weight

-- name: text_settings_get   in: content.GetTextSettingsRequest   out: content.TextSettings
SELECT :community_id::uuid AS community_id, {text_settings}
FROM (SELECT) AS one LEFT JOIN text_settings AS s ON s.community_id = :community_id;

-- name: text_settings_put   in: content.UpdateTextSettingsRequest   out: content.TextSettings
INSERT INTO text_settings (community_id, newcomer_days, newcomer_level, max_links, hold_advertisements, duplicate_hours,
	duplicate_distance, newcomer_hour_limit, newcomer_day_limit, member_hour_limit, member_day_limit, report_hold_weight)
VALUES (:community_id, :settings.newcomer_days, :settings.newcomer_level, :settings.max_links, :settings.hold_advertisements,
	:settings.duplicate_hours, :settings.duplicate_distance, :settings.newcomer_hour_limit, :settings.newcomer_day_limit,
	:settings.member_hour_limit, :settings.member_day_limit, :settings.report_hold_weight)
ON CONFLICT (community_id) DO UPDATE SET newcomer_days = EXCLUDED.newcomer_days, newcomer_level = EXCLUDED.newcomer_level,
	max_links = EXCLUDED.max_links, hold_advertisements = EXCLUDED.hold_advertisements,
	duplicate_hours = EXCLUDED.duplicate_hours, duplicate_distance = EXCLUDED.duplicate_distance,
	newcomer_hour_limit = EXCLUDED.newcomer_hour_limit, newcomer_day_limit = EXCLUDED.newcomer_day_limit,
	member_hour_limit = EXCLUDED.member_hour_limit, member_day_limit = EXCLUDED.member_day_limit,
	report_hold_weight = EXCLUDED.report_hold_weight
RETURNING community_id, newcomer_days, newcomer_level, max_links, hold_advertisements, duplicate_hours, duplicate_distance,
	newcomer_hour_limit, newcomer_day_limit, member_hour_limit, member_day_limit, report_hold_weight;

-- Texts that have one quarter of the fingerprint in common, the newest of them.
-- fragment: like_by
FROM text_print AS t
WHERE t.community_id = :community_id AND t.fingerprint <> 0 AND t.subject_id IS DISTINCT FROM :subject_id::uuid
	AND t.write_time > :now::timestamptz - make_interval(hours => s.duplicate_hours)

-- All that is to be known before a text is judged, in one look; and the text is kept for those that follow. A text that was
-- kept before, as one that is changed is, counts for when it was written.
-- name: text_take   in: content.TextTake   out: content.TextFacts
WITH s AS (
	SELECT {text_settings} FROM (SELECT) AS one LEFT JOIN text_settings AS s ON s.community_id = :community_id
), author AS (
	SELECT EXISTS (SELECT FROM replica_acting
			WHERE community_id = :community_id AND person_id = :person_id AND role IN ('MODERATOR', 'ADMIN', 'OWNER')) AS staff,
		(SELECT join_time FROM replica_membership WHERE community_id = :community_id AND person_id = :person_id) AS join_time,
		(SELECT level FROM replica_membership WHERE community_id = :community_id AND person_id = :person_id) AS level
), kept AS (
	INSERT INTO text_print (community_id, subject_id, person_id, write_time, fingerprint, quarter_1, quarter_2, quarter_3,
		quarter_4)
	SELECT :community_id::uuid, :subject_id::uuid, :person_id::uuid, :now::timestamptz, :fingerprint,
		(:quarters::integer[])[1], (:quarters::integer[])[2], (:quarters::integer[])[3], (:quarters::integer[])[4]
	FROM author WHERE :keep AND NOT staff
	ON CONFLICT (community_id, subject_id) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, quarter_1 = EXCLUDED.quarter_1,
		quarter_2 = EXCLUDED.quarter_2, quarter_3 = EXCLUDED.quarter_3, quarter_4 = EXCLUDED.quarter_4
)
SELECT s.newcomer_days AS "settings.newcomer_days", s.newcomer_level AS "settings.newcomer_level",
	s.max_links AS "settings.max_links", s.hold_advertisements AS "settings.hold_advertisements",
	s.newcomer_hour_limit AS "settings.newcomer_hour_limit", s.newcomer_day_limit AS "settings.newcomer_day_limit",
	s.member_hour_limit AS "settings.member_hour_limit", s.member_day_limit AS "settings.member_day_limit",
	a.staff, COALESCE(a.join_time > :now::timestamptz - make_interval(days => s.newcomer_days), s.newcomer_days > 0)
		OR COALESCE(a.level, 0) < s.newcomer_level AS newcomer,
	rate.hour_count, rate.day_count, COALESCE(rate.hour_time + interval '1 hour', rate.day_time + interval '1 day') AS free_time,
	alike.subject_id AS duplicate_id, alike.distance AS duplicate_distance,
	COALESCE((SELECT version FROM word_list WHERE community_id = '00000000-0000-0000-0000-000000000000'), 0) AS platform_version,
	COALESCE((SELECT version FROM word_list WHERE community_id = :community_id), 0) AS community_version
FROM s CROSS JOIN author AS a
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE write_time > :now::timestamptz - interval '1 hour') AS hour_count, count(*) AS day_count,
		min(write_time) FILTER (WHERE write_time > :now::timestamptz - interval '1 hour') AS hour_time,
		min(write_time) AS day_time
	FROM (
		SELECT write_time FROM text_print
		WHERE community_id = :community_id AND person_id = :person_id AND subject_id IS DISTINCT FROM :subject_id::uuid
			AND write_time > :now::timestamptz - interval '1 day'
		ORDER BY write_time DESC LIMIT 10001) AS recent) AS rate
LEFT JOIN LATERAL (
	SELECT subject_id, bit_count((fingerprint # :fingerprint::bigint)::bit(64))::integer AS distance
	FROM (
		(SELECT t.subject_id, t.fingerprint {like_by} AND t.quarter_1 = (:quarters::integer[])[1]
			ORDER BY t.write_time DESC LIMIT 50)
		UNION ALL
		(SELECT t.subject_id, t.fingerprint {like_by} AND t.quarter_2 = (:quarters::integer[])[2]
			ORDER BY t.write_time DESC LIMIT 50)
		UNION ALL
		(SELECT t.subject_id, t.fingerprint {like_by} AND t.quarter_3 = (:quarters::integer[])[3]
			ORDER BY t.write_time DESC LIMIT 50)
		UNION ALL
		(SELECT t.subject_id, t.fingerprint {like_by} AND t.quarter_4 = (:quarters::integer[])[4]
			ORDER BY t.write_time DESC LIMIT 50)
	) AS near
	WHERE bit_count((fingerprint # :fingerprint::bigint)::bit(64)) <= s.duplicate_distance
	ORDER BY 2, 1 LIMIT 1) AS alike ON :fingerprint::bigint <> 0;

-- Longer than any setting looks back.
-- name: text_print_expire   in: none   out: content.ExpiredPrints
WITH gone AS (
	DELETE FROM text_print
	WHERE (community_id, subject_id) IN (
		SELECT community_id, subject_id FROM text_print
		WHERE write_time < :now::timestamptz - interval '8 days' ORDER BY write_time LIMIT 1000)
	RETURNING 1
)
SELECT count(*) AS count FROM gone;
