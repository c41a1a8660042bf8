-- Merging persons and taking it back. The handler has locked both persons and then, in the order of their ids, every
-- community that either of them is in, so nobody joins, leaves or is given a role meanwhile. Each statement is one kind of row,
-- however many there are; person_merge_row tells what it moved.

-- What a merge is to its readers.
-- fragment: person_merge
merge_id, person_id, merged_person_id, reason, merge_time, undo_time,
	(SELECT count(*) FROM person_merge_row r WHERE r.merge_id = g.merge_id AND kind = 'IDENTITY')::integer AS identity_count,
	(SELECT count(*) FROM person_merge_row r WHERE r.merge_id = g.merge_id AND kind = 'ATTRIBUTE')::integer AS attribute_count,
	(SELECT count(*) FROM person_merge_row r WHERE r.merge_id = g.merge_id AND kind = 'MEMBERSHIP')::integer AS membership_count

-- Who had been merged into the merged one before, at any depth. To stand behind WITH RECURSIVE.
-- fragment: merge_kin
kin AS (
	SELECT merged_person_id AS person_id FROM person_merge
	WHERE person_id = :merged_person_id AND undo_time IS NULL
	UNION
	SELECT g.merged_person_id FROM kin CROSS JOIN LATERAL (
		SELECT merged_person_id FROM person_merge AS g
		WHERE g.person_id = kin.person_id AND g.undo_time IS NULL OFFSET 0) AS g
)

-- The memberships that the merge moved.
-- fragment: merge_moved
moved AS MATERIALIZED (
	SELECT r.* FROM person_merge_row AS r CROSS JOIN {many}
	WHERE r.merge_id = :merge_id AND r.kind = 'MEMBERSHIP'
)

-- At parting: the communities whose membership stays with the survivor.
-- fragment: merge_stayed
(SELECT community_id FROM person_merge_row WHERE merge_id = :merge_id AND kind = 'MEMBERSHIP' AND NOT put_back)

-- Told of a membership that another one stands for: his number, so that what both do is counted once. FROM changed rows
-- `e` and those that stand for them, `f`.
-- fragment: told_as
e.community_id, e.person_id, e.version, f.number, e.role, e.state, e.join_time, e.leave_time, e.leave_reason,
	e.mute_until_time, e.level, e.plan_id, e.rules_version

-- The same of a membership that stands for itself; FROM `f`.
-- fragment: told_itself
f.community_id, f.person_id, f.version, f.number, f.role, f.state, f.join_time, f.leave_time, f.leave_reason,
	f.mute_until_time, f.level, f.plan_id, f.rules_version

-- One row, of which the planner expects a thousand: he would join few rows with one another by looking at each with each, and
-- some persons are in ten thousand communities.
-- fragment: many
generate_series(1, (SELECT 1)) AS many

-- name: merge_get   in: member.UnmergePersonsRequest   out: member.PersonMerge
SELECT {person_merge}
FROM person_merge AS g WHERE merge_id = :merge_id;

-- name: merge_list   in: member.ListPersonMergesRequest   out: member.ListPersonMergesResponse.merges   page: merge_time, merge_id
SELECT {person_merge}
FROM person_merge AS g
WHERE person_id = :person_id AND (merge_time, merge_id) < (COALESCE(:after.merge_time::timestamptz, 'infinity'),
	COALESCE(:after.merge_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY merge_time DESC, merge_id DESC LIMIT :limit;

-- A later merge of one of the two that still stands; no row when there is none.
-- name: merge_newer   in: member.PersonMerge   out: member.PersonMerge
SELECT merge_id
FROM person_merge
WHERE (person_id IN (:person_id, :merged_person_id) OR merged_person_id IN (:person_id, :merged_person_id))
	AND undo_time IS NULL AND sequence > (SELECT sequence FROM person_merge WHERE merge_id = :merge_id)
ORDER BY sequence DESC LIMIT 1;

-- name: merge_lock   in: member.PersonMerge
SELECT count(*) FROM (
	SELECT FROM community
	WHERE community_id IN (
		SELECT community_id FROM membership WHERE person_id IN (:person_id, :merged_person_id)
		UNION ALL
		SELECT community_id FROM subscription WHERE person_id IN (:person_id, :merged_person_id)
		UNION ALL
		SELECT community_id FROM join_request WHERE person_id IN (:person_id, :merged_person_id) AND state = 'PENDING')
	ORDER BY community_id FOR NO KEY UPDATE
) AS locked;

-- name: merge_begin   in: member.PersonMerge
INSERT INTO person_merge (merge_id, person_id, merged_person_id, reason, merge_time)
VALUES (:merge_id, :person_id, :merged_person_id, :reason, :now);

-- The one whose state counts leads: who is present before who is not, a ban before either, an owner before all. A membership
-- of the merged one where the survivor has none becomes his with its number; the ended row takes a new one, since no
-- number is given twice. The ended rows are written before those that take their number and their ownership.
-- name: merge_memberships   in: member.PersonMerge
WITH RECURSIVE {merge_kin}, his AS MATERIALIZED (
	SELECT community_id, m AS merged FROM membership AS m CROSS JOIN {many}
	WHERE person_id = :merged_person_id AND state <> 'MERGED'
), pair AS MATERIALIZED (
	SELECT his.community_id, merged, s AS survivor, c.last_number,
		s.person_id IS NULL AS alone,
		COALESCE((merged).state = 'ACTIVE' AND s.state = 'ACTIVE', false) AS both_active,
		CASE WHEN s.person_id IS NULL OR s.state = 'MERGED' THEN merged
			WHEN s.role = 'OWNER' THEN s
			WHEN (merged).role = 'OWNER' THEN merged
			WHEN s.state = 'BANNED' THEN s
			WHEN (merged).state = 'BANNED' THEN merged
			WHEN s.state = 'ACTIVE' THEN s
			WHEN (merged).state = 'ACTIVE' THEN merged
			ELSE s END AS lead
	FROM his
	JOIN community AS c ON c.community_id = his.community_id
	LEFT JOIN membership AS s ON s.community_id = his.community_id AND s.person_id = :person_id
	CROSS JOIN {many}
), ended AS (
	UPDATE membership AS m SET
		number = CASE WHEN alone THEN last_number + 1 ELSE m.number END,
		role = 'MEMBER', state = 'MERGED', leave_time = COALESCE(m.leave_time, :now), version = m.version + 1
	FROM pair
	WHERE m.community_id = pair.community_id AND m.person_id = :merged_person_id
	RETURNING m.*
), made AS (
	INSERT INTO membership AS s (community_id, person_id, number, role, state, join_time, join_time_implied, leave_time,
		leave_reason, mute_until_time, source, inviter_person_id, level, score, tags, plan_id, rules_version, journey_step,
		campaign, scene)
	SELECT community_id, :person_id, COALESCE((survivor).number, (merged).number),
		CASE WHEN both_active AND role_rank((merged).role) > role_rank((survivor).role)
			THEN (merged).role ELSE (lead).role END,
		(lead).state,
		CASE WHEN both_active THEN LEAST((merged).join_time, (survivor).join_time) ELSE (lead).join_time END,
		CASE WHEN both_active AND (merged).join_time < (survivor).join_time
			THEN (merged).join_time_implied ELSE (lead).join_time_implied END,
		(lead).leave_time, (lead).leave_reason,
		GREATEST((merged).mute_until_time, (survivor).mute_until_time),
		(lead).source, (lead).inviter_person_id,
		GREATEST((merged).level, (survivor).level), GREATEST((merged).score, (survivor).score),
		ARRAY(SELECT DISTINCT unnest((survivor).tags || (merged).tags) ORDER BY 1),
		COALESCE((lead).plan_id, (survivor).plan_id, (merged).plan_id),
		GREATEST((merged).rules_version, (survivor).rules_version),
		(SELECT step FROM unnest(ARRAY['CORE', 'FAN', 'TRIAL', 'AUDIENCE']) WITH ORDINALITY AS j (step, place)
			WHERE step IN ((merged).journey_step, (survivor).journey_step) ORDER BY place LIMIT 1),
		(lead).campaign, (lead).scene
	FROM pair
	WHERE (SELECT count(*) FROM ended) >= 0
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = EXCLUDED.role, state = EXCLUDED.state, join_time = EXCLUDED.join_time,
		join_time_implied = EXCLUDED.join_time_implied, leave_time = EXCLUDED.leave_time,
		leave_reason = EXCLUDED.leave_reason, mute_until_time = EXCLUDED.mute_until_time, source = EXCLUDED.source,
		inviter_person_id = EXCLUDED.inviter_person_id, level = EXCLUDED.level, score = EXCLUDED.score,
		tags = EXCLUDED.tags, plan_id = EXCLUDED.plan_id, rules_version = EXCLUDED.rules_version,
		journey_step = EXCLUDED.journey_step, campaign = EXCLUDED.campaign, scene = EXCLUDED.scene,
		version = s.version + 1
	RETURNING s.*
), of_kin AS (
	UPDATE membership AS k SET version = k.version + 1
	FROM pair
	WHERE k.community_id = pair.community_id AND k.person_id = ANY (ARRAY(SELECT person_id FROM kin)) AND k.state = 'MERGED'
	RETURNING k.*
), counted AS (
	UPDATE community AS c SET
		last_number = c.last_number + alone::integer,
		member_count = member_count + ((lead).state = 'ACTIVE')::integer - ((merged).state = 'ACTIVE')::integer
			- COALESCE((survivor).state = 'ACTIVE', false)::integer,
		owner_person_id = CASE WHEN (merged).role = 'OWNER' THEN :person_id ELSE owner_person_id END,
		version = version + ((merged).role = 'OWNER')::integer,
		update_time = CASE WHEN (merged).role = 'OWNER' THEN :now ELSE update_time END
	FROM pair
	WHERE c.community_id = pair.community_id
	RETURNING c.*, (merged).role = 'OWNER' AS owned
), told_community AS (
	{tell_community} FROM counted WHERE owned
), told AS (
	{tell_membership} FROM (
		SELECT {told_itself} FROM made AS f
		UNION ALL
		SELECT {told_as} FROM (SELECT * FROM ended UNION ALL SELECT * FROM of_kin) AS e
		JOIN made AS f USING (community_id)) AS changed
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, merged, made)
SELECT community_id, :merge_id, 'MEMBERSHIP', '', CASE WHEN NOT alone THEN to_jsonb(survivor) END, to_jsonb(merged),
	to_jsonb(made)
FROM pair JOIN made USING (community_id);

-- The plan that ends later stays.
-- name: merge_subscriptions   in: member.PersonMerge
WITH pair AS MATERIALIZED (
	SELECT m.community_id, to_jsonb(m) AS merged, to_jsonb(s) AS survivor
	FROM subscription AS m
	LEFT JOIN subscription AS s ON s.community_id = m.community_id AND s.person_id = :person_id
	CROSS JOIN {many}
	WHERE m.person_id = :merged_person_id AND (s.end_time < m.end_time) IS NOT FALSE
), dropped AS (
	DELETE FROM subscription AS s USING pair
	WHERE s.community_id = pair.community_id AND s.person_id = :person_id
	RETURNING s.community_id
), moved AS (
	UPDATE subscription AS m SET person_id = :person_id, version = version + 1
	FROM pair
	WHERE m.community_id = pair.community_id AND m.person_id = :merged_person_id AND (SELECT count(*) FROM dropped) >= 0
	RETURNING m.*
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, merged, made)
SELECT community_id, :merge_id, 'SUBSCRIPTION', '', survivor, merged, to_jsonb(moved)
FROM pair JOIN moved USING (community_id);

-- name: merge_identities   in: member.PersonMerge
WITH moved AS (
	UPDATE identity SET person_id = :person_id WHERE person_id = :merged_person_id RETURNING *
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, made)
SELECT '00000000-0000-0000-0000-000000000000', :merge_id, 'IDENTITY', kind || ':' || external_id, to_jsonb(moved) FROM moved;

-- The merged one keeps his; the survivor gets what he has not said. The index of facets looks at him again everywhere.
-- name: merge_attributes   in: member.PersonMerge
WITH filled AS (
	INSERT INTO person_attribute (person_id, name, value, visibility, masked, update_time)
	SELECT :person_id, name, value, visibility, masked, update_time
	FROM person_attribute WHERE person_id = :merged_person_id
	ON CONFLICT DO NOTHING
	RETURNING *
), unseen AS (
	UPDATE membership SET indexed_version = 0 WHERE person_id = :person_id AND EXISTS (SELECT FROM filled)
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, made)
SELECT '00000000-0000-0000-0000-000000000000', :merge_id, 'ATTRIBUTE', name, to_jsonb(filled) FROM filled;

-- What was decided of him is the survivor's, so that the ladder of sanctions forgets nothing. A case stays where the
-- survivor has an undecided one about the same.
-- name: merge_verdicts   in: member.PersonMerge
WITH cases AS (
	UPDATE violation_case AS c SET subject_person_id = :person_id
	WHERE subject_person_id = :merged_person_id AND NOT (state IN ('OPEN', 'UNDER_REVIEW') AND EXISTS (
		SELECT FROM violation_case AS s
		WHERE s.community_id = c.community_id AND s.subject_person_id = :person_id AND s.subject_id = c.subject_id
			AND s.state IN ('OPEN', 'UNDER_REVIEW')))
	RETURNING community_id, case_id, version
), sanctions AS (
	UPDATE sanction SET person_id = :person_id WHERE person_id = :merged_person_id
	RETURNING community_id, sanction_id, version
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, made)
SELECT community_id, :merge_id::uuid, 'VIOLATION_CASE', case_id::text, to_jsonb(version) FROM cases
UNION ALL
SELECT community_id, :merge_id, 'SANCTION', sanction_id::text, to_jsonb(version) FROM sanctions;

-- What he offers, whom he reported and the reviews of his real name. A report stays where the survivor is among the
-- reporters of the case.
-- name: merge_belongings   in: member.PersonMerge
WITH offers AS (
	UPDATE contribution SET person_id = :person_id WHERE person_id = :merged_person_id
	RETURNING community_id, contribution_id, version
), reports AS (
	UPDATE violation_report AS r SET reporter_person_id = :person_id
	WHERE reporter_person_id = :merged_person_id AND NOT EXISTS (
		SELECT FROM violation_report AS s
		WHERE s.community_id = r.community_id AND s.case_id = r.case_id AND s.reporter_person_id = :person_id)
	RETURNING community_id, report_id
), documents AS (
	UPDATE real_document SET person_id = :person_id WHERE person_id = :merged_person_id
), reviews AS (
	UPDATE verification SET person_id = :person_id WHERE person_id = :merged_person_id
	RETURNING verification_id, state
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, made)
SELECT community_id, :merge_id::uuid, 'CONTRIBUTION', contribution_id::text, to_jsonb(version) FROM offers
UNION ALL
SELECT community_id, :merge_id, 'VIOLATION_REPORT', report_id::text, NULL FROM reports
UNION ALL
SELECT '00000000-0000-0000-0000-000000000000', :merge_id, 'VERIFICATION', verification_id::text, to_jsonb(state) FROM reviews;

-- What was paid and paid back is the survivor's, whichever of two plans stays.
-- name: merge_payments   in: member.PersonMerge
WITH moved AS (
	UPDATE subscription_event AS e SET person_id = :person_id
	FROM membership AS m
	WHERE m.person_id = :merged_person_id AND e.community_id = m.community_id AND e.person_id = m.person_id
	RETURNING e.community_id, e.sequence
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key)
SELECT community_id, :merge_id, 'PAYMENT', sequence::text FROM moved;

-- The merged one keeps his; of two to the same the survivor has the one that lasts longer.
-- name: merge_entitlements   in: member.PersonMerge
WITH was AS MATERIALIZED (
	SELECT * FROM entitlement WHERE person_id = :person_id
), made AS (
	INSERT INTO entitlement AS s (person_id, key, source, until_time, grant_time)
	SELECT :person_id, key, source, until_time, grant_time FROM entitlement WHERE person_id = :merged_person_id
	ON CONFLICT (person_id, key) DO UPDATE SET
		source = EXCLUDED.source, until_time = EXCLUDED.until_time, grant_time = EXCLUDED.grant_time
	WHERE COALESCE(s.until_time, 'infinity') < COALESCE(EXCLUDED.until_time, 'infinity')
	RETURNING *
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, made)
SELECT '00000000-0000-0000-0000-000000000000', :merge_id, 'ENTITLEMENT', key,
	(SELECT to_jsonb(was) FROM was WHERE was.key = made.key), to_jsonb(made)
FROM made;

-- The persons themselves: what the survivor lacks, whom the others are now, and the others told of it.
-- name: merge_end   in: member.PersonMerge
WITH RECURSIVE {merge_kin}, was AS MATERIALIZED (
	SELECT * FROM person WHERE person_id IN (:person_id, :merged_person_id)
), filled AS (
	UPDATE person AS s SET
		display_name = CASE WHEN s.display_name = '' THEN m.display_name ELSE s.display_name END,
		locale = CASE WHEN s.locale = '' THEN m.locale ELSE s.locale END,
		time_zone = CASE WHEN s.time_zone = '' THEN m.time_zone ELSE s.time_zone END,
		verify_time = COALESCE(s.verify_time, m.verify_time),
		version = s.version + 1, update_time = :now
	FROM was AS m
	WHERE s.person_id = :person_id AND m.person_id = :merged_person_id
		AND (s.display_name = '' AND m.display_name <> '' OR s.locale = '' AND m.locale <> ''
			OR s.time_zone = '' AND m.time_zone <> '' OR s.verify_time IS NULL AND m.verify_time IS NOT NULL)
	RETURNING s.*
), gone AS (
	UPDATE person SET state = 'MERGED', merged_into_person_id = :person_id, version = version + 1, update_time = :now
	WHERE person_id = ANY (ARRAY(SELECT :merged_person_id::uuid UNION SELECT person_id FROM kin))
	RETURNING *
), recorded AS (
	INSERT INTO person_merge_row (community_id, merge_id, kind, key, survivor, made)
	SELECT '00000000-0000-0000-0000-000000000000'::uuid, :merge_id::uuid, 'PERSON', person_id::text,
		(SELECT to_jsonb(was) FROM was WHERE was.person_id = filled.person_id), to_jsonb(filled)
	FROM filled
	UNION ALL
	SELECT '00000000-0000-0000-0000-000000000000', :merge_id, 'PERSON', person_id::text, NULL, NULL
	FROM gone WHERE person_id <> :merged_person_id
)
INSERT INTO outbox (community_id, type, occur_time, person_id, other_person_id, version, state)
SELECT '00000000-0000-0000-0000-000000000000', 'PERSON_MERGED', :now, person_id, merged_into_person_id, version, state
FROM gone;

-- Which memberships can go back: the merged one's is as the merge left it, the survivor's still has the state, role and number
-- that it got, and there is a place for who comes back. Of those that do, the survivor's gives up at once what the merged
-- one's takes back: the role, and a number that was not his own.
-- name: unmerge_judge   in: member.PersonMerge
WITH {merge_moved}, pair AS MATERIALIZED (
	SELECT r.community_id, c.last_number, r.survivor IS NULL AS alone, COALESCE(ws.role, 'MEMBER') AS role,
		m.state = 'MERGED' AND (s.state, s.role, s.number) = (made.state, made.role, made.number)
			AND (c.capacity = 0 OR change.n <= 0 OR c.member_count + change.n <= c.capacity) AS fits
	FROM moved AS r
	JOIN community AS c USING (community_id)
	JOIN membership AS s ON s.community_id = r.community_id AND s.person_id = :person_id
	JOIN membership AS m ON m.community_id = r.community_id AND m.person_id = :merged_person_id
	CROSS JOIN jsonb_populate_record(NULL::membership, r.survivor) AS ws
	CROSS JOIN jsonb_populate_record(NULL::membership, r.merged) AS wm
	CROSS JOIN jsonb_populate_record(NULL::membership, r.made) AS made
	CROSS JOIN LATERAL (
		SELECT COALESCE(ws.state = 'ACTIVE', false)::integer + (wm.state = 'ACTIVE')::integer
			- (made.state = 'ACTIVE')::integer) AS change (n)
	CROSS JOIN {many}
), given_up AS (
	UPDATE membership AS s SET
		role = pair.role, number = CASE WHEN alone THEN last_number + 1 ELSE s.number END
	FROM pair
	WHERE fits AND s.community_id = pair.community_id AND s.person_id = :person_id
)
UPDATE person_merge_row AS r SET put_back = fits
FROM pair
WHERE r.community_id = pair.community_id AND r.merge_id = :merge_id AND r.kind = 'MEMBERSHIP';

-- Puts them back. Each field that has changed since stays as it is now, with who has the membership; but what follows from
-- days (level, score, and the step of the journey, in merge_progress.sql) starts where each was. A survivor who had none before is left with one that has ended, under the number that the merged one's row
-- had taken: what is told has no way back.
-- name: unmerge_memberships   in: member.PersonMerge
WITH RECURSIVE {merge_kin}, {merge_moved}, pair AS MATERIALIZED (
	SELECT r.community_id, r.survivor IS NULL AS alone, s.version = as_made.version AS untouched, s AS survivor, m AS merged,
		ws AS was_survivor, wm AS was_merged, as_made AS made, r.survivor AS recorded, r.made AS recorded_made,
		EXISTS (SELECT FROM ladder AS l WHERE l.community_id = r.community_id) AND {merge_days} AS reckoned
	FROM moved AS r
	JOIN membership AS s ON s.community_id = r.community_id AND s.person_id = :person_id
	JOIN membership AS m ON m.community_id = r.community_id AND m.person_id = :merged_person_id
	CROSS JOIN jsonb_populate_record(NULL::membership, r.survivor) AS ws
	CROSS JOIN jsonb_populate_record(NULL::membership, r.merged) AS wm
	CROSS JOIN jsonb_populate_record(NULL::membership, r.made) AS as_made
	CROSS JOIN {many}
	WHERE r.put_back
), parted AS (
	SELECT community_id, alone, was_survivor, was_merged, made, (merged).number AS merged_number, reckoned,
		(survivor).level AS level_reached, (survivor).version + 1 AS next_version,
		CASE WHEN alone THEN survivor ELSE was_merged END AS for_merged,
		CASE WHEN alone THEN survivor
			WHEN untouched THEN was_survivor
			ELSE jsonb_populate_record(survivor, (
				SELECT COALESCE(jsonb_object_agg(key, value), '{}')
				FROM jsonb_each(recorded), to_jsonb(survivor) AS now_is
				WHERE now_is -> key = recorded_made -> key)) END AS for_survivor
	FROM pair
), back AS (
	UPDATE membership AS m SET
		number = (was_merged).number, role = (was_merged).role, state = (was_merged).state,
		join_time = (was_merged).join_time, join_time_implied = (was_merged).join_time_implied,
		leave_time = (was_merged).leave_time, leave_reason = (was_merged).leave_reason,
		mute_until_time = (for_merged).mute_until_time,
		level = CASE WHEN reckoned THEN (was_merged).level ELSE (for_merged).level END,
		score = CASE WHEN reckoned THEN (was_merged).score ELSE (for_merged).score END,
		tags = (for_merged).tags, plan_id = (for_merged).plan_id, rules_version = (for_merged).rules_version,
		journey_step = (for_merged).journey_step, version = m.version + 1
	FROM parted
	WHERE m.community_id = parted.community_id AND m.person_id = :merged_person_id
	RETURNING m.*
), stayed AS (
	UPDATE membership AS s SET
		number = CASE WHEN alone THEN merged_number ELSE s.number END,
		state = CASE WHEN alone THEN 'MERGED' ELSE (was_survivor).state END,
		join_time = CASE WHEN alone THEN s.join_time ELSE (was_survivor).join_time END,
		join_time_implied = CASE WHEN alone THEN s.join_time_implied ELSE (was_survivor).join_time_implied END,
		leave_time = CASE WHEN alone THEN COALESCE(s.leave_time, :now) ELSE (was_survivor).leave_time END,
		leave_reason = CASE WHEN alone THEN '' ELSE (was_survivor).leave_reason END,
		mute_until_time = (for_survivor).mute_until_time, source = (for_survivor).source,
		inviter_person_id = (for_survivor).inviter_person_id,
		level = CASE WHEN reckoned AND NOT alone THEN (was_survivor).level ELSE (for_survivor).level END,
		score = CASE WHEN reckoned AND NOT alone THEN (was_survivor).score ELSE (for_survivor).score END, tags = (for_survivor).tags, plan_id = (for_survivor).plan_id,
		rules_version = (for_survivor).rules_version, journey_step = (for_survivor).journey_step,
		campaign = (for_survivor).campaign, scene = (for_survivor).scene, version = s.version + 1
	FROM parted
	WHERE s.community_id = parted.community_id AND s.person_id = :person_id AND (SELECT count(*) FROM back) >= 0
	RETURNING s.*
), of_kin AS (
	UPDATE membership AS k SET version = k.version + 1
	FROM parted
	WHERE k.community_id = parted.community_id AND k.person_id = ANY (ARRAY(SELECT person_id FROM kin)) AND k.state = 'MERGED'
	RETURNING k.*
), counted AS (
	UPDATE community AS c SET
		member_count = member_count + COALESCE((was_survivor).state = 'ACTIVE', false)::integer
			+ ((was_merged).state = 'ACTIVE')::integer - ((made).state = 'ACTIVE')::integer,
		owner_person_id = CASE WHEN (was_merged).role = 'OWNER' THEN :merged_person_id ELSE owner_person_id END,
		version = version + ((was_merged).role = 'OWNER')::integer,
		update_time = CASE WHEN (was_merged).role = 'OWNER' THEN :now ELSE update_time END
	FROM parted
	WHERE c.community_id = parted.community_id
	RETURNING c.*, (was_merged).role = 'OWNER' AS owned
), told_community AS (
	{tell_community} FROM counted WHERE owned
), logged AS (
	INSERT INTO level_change (community_id, person_id, version, from_level, to_level, score, cause, change_time)
	SELECT community_id, :person_id, next_version, level_reached, (was_survivor).level, (was_survivor).score, 'MERGE', :now
	FROM parted
	WHERE reckoned AND NOT alone AND (was_survivor).level <> level_reached
)
{tell_membership} FROM (
	SELECT {told_itself} FROM back AS f
	UNION ALL
	SELECT {told_itself} FROM stayed AS f
	UNION ALL
	SELECT {told_as} FROM of_kin AS e JOIN back AS f USING (community_id)) AS changed;

-- A subscription goes back where it is as it was moved and its owner has bought no other meanwhile.
-- name: unmerge_subscriptions   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.survivor, COALESCE(to_jsonb(s) = r.made, false) AND NOT EXISTS (
		SELECT FROM subscription AS m
		WHERE m.community_id = r.community_id AND m.person_id = :merged_person_id) AS fits
	FROM person_merge_row AS r
	LEFT JOIN subscription AS s ON s.community_id = r.community_id AND s.person_id = :person_id
	CROSS JOIN {many}
	WHERE r.merge_id = :merge_id AND r.kind = 'SUBSCRIPTION'
), back AS (
	UPDATE subscription AS s SET person_id = :merged_person_id, version = s.version + 1
	FROM recorded
	WHERE fits AND s.community_id = recorded.community_id AND s.person_id = :person_id
	RETURNING s.community_id
), stayed AS (
	INSERT INTO subscription
	SELECT was.* FROM recorded CROSS JOIN jsonb_populate_record(NULL::subscription, survivor) AS was
	WHERE fits AND survivor IS NOT NULL AND (SELECT count(*) FROM back) >= 0
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.community_id = recorded.community_id AND r.merge_id = :merge_id AND r.kind = 'SUBSCRIPTION';

-- name: unmerge_identities   in: member.PersonMerge
WITH back AS (
	UPDATE identity AS i SET person_id = :merged_person_id
	FROM person_merge_row AS r CROSS JOIN jsonb_populate_record(NULL::identity, r.made) AS made
	WHERE r.merge_id = :merge_id AND r.kind = 'IDENTITY' AND i.kind = made.kind AND i.external_id = made.external_id
		AND i.person_id = :person_id
	RETURNING i.kind || ':' || i.external_id AS key
)
UPDATE person_merge_row AS r SET put_back = key IN (SELECT key FROM back)
WHERE r.merge_id = :merge_id AND r.kind = 'IDENTITY';

-- name: unmerge_attributes   in: member.PersonMerge
WITH gone AS (
	DELETE FROM person_attribute AS a USING person_merge_row AS r
	WHERE r.merge_id = :merge_id AND r.kind = 'ATTRIBUTE' AND a.person_id = :person_id AND a.name = r.key
		AND to_jsonb(a) = r.made
	RETURNING a.name
), unseen AS (
	UPDATE membership SET indexed_version = 0 WHERE person_id = :person_id AND EXISTS (SELECT FROM gone)
)
UPDATE person_merge_row AS r SET put_back = key IN (SELECT name FROM gone)
WHERE r.merge_id = :merge_id AND r.kind = 'ATTRIBUTE';

-- A case and a sanction go back unless somebody has decided something in them since.
-- name: unmerge_verdicts   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT * FROM person_merge_row WHERE merge_id = :merge_id AND kind IN ('VIOLATION_CASE', 'SANCTION')
), cases AS (
	UPDATE violation_case AS c SET subject_person_id = :merged_person_id
	FROM recorded AS r
	WHERE r.kind = 'VIOLATION_CASE' AND c.community_id = r.community_id AND c.case_id = r.key::uuid
		AND c.subject_person_id = :person_id AND to_jsonb(c.version) = r.made
	RETURNING r.kind, r.key
), sanctions AS (
	UPDATE sanction AS x SET person_id = :merged_person_id
	FROM recorded AS r
	WHERE r.kind = 'SANCTION' AND x.community_id = r.community_id AND x.sanction_id = r.key::uuid
		AND x.person_id = :person_id AND to_jsonb(x.version) = r.made
	RETURNING r.kind, r.key
)
UPDATE person_merge_row AS r SET put_back = (r.kind, r.key) IN (
	SELECT kind, key FROM cases UNION ALL SELECT kind, key FROM sanctions)
WHERE r.merge_id = :merge_id AND r.kind IN ('VIOLATION_CASE', 'SANCTION');

-- A document goes back with its review.
-- name: unmerge_belongings   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT * FROM person_merge_row
	WHERE merge_id = :merge_id AND kind IN ('CONTRIBUTION', 'VIOLATION_REPORT', 'VERIFICATION')
), offers AS (
	UPDATE contribution AS c SET person_id = :merged_person_id
	FROM recorded AS r
	WHERE r.kind = 'CONTRIBUTION' AND c.community_id = r.community_id AND c.contribution_id = r.key::uuid
		AND c.person_id = :person_id AND to_jsonb(c.version) = r.made
	RETURNING r.kind, r.key
), reports AS (
	UPDATE violation_report AS v SET reporter_person_id = :merged_person_id
	FROM recorded AS r
	WHERE r.kind = 'VIOLATION_REPORT' AND v.community_id = r.community_id AND v.report_id = r.key::uuid
		AND v.reporter_person_id = :person_id
	RETURNING r.kind, r.key
), reviews AS (
	UPDATE verification AS v SET person_id = :merged_person_id
	FROM recorded AS r
	WHERE r.kind = 'VERIFICATION' AND v.person_id = :person_id AND v.verification_id = r.key::uuid
		AND to_jsonb(v.state) = r.made
	RETURNING r.kind, r.key, v.document_hash
), documents AS (
	UPDATE real_document AS d SET person_id = :merged_person_id
	FROM reviews
	WHERE d.document_hash = reviews.document_hash AND d.person_id = :person_id
)
UPDATE person_merge_row AS r SET put_back = (r.kind, r.key) IN (
	SELECT kind, key FROM offers UNION ALL SELECT kind, key FROM reports UNION ALL SELECT kind, key FROM reviews)
WHERE r.merge_id = :merge_id AND r.kind IN ('CONTRIBUTION', 'VIOLATION_REPORT', 'VERIFICATION');

-- name: unmerge_payments   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT * FROM person_merge_row WHERE merge_id = :merge_id AND kind = 'PAYMENT'
), back AS (
	UPDATE subscription_event AS e SET person_id = :merged_person_id
	FROM recorded AS r
	WHERE e.community_id = r.community_id AND e.person_id = :person_id AND e.sequence = r.key::bigint
	RETURNING r.key
)
UPDATE person_merge_row AS r SET put_back = key IN (SELECT key FROM back)
WHERE r.merge_id = :merge_id AND r.kind = 'PAYMENT';

-- name: unmerge_entitlements   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.key, r.survivor, COALESCE(to_jsonb(e) = r.made, false) AS fits
	FROM person_merge_row AS r
	LEFT JOIN entitlement AS e ON e.person_id = :person_id AND e.key = r.key
	WHERE r.merge_id = :merge_id AND r.kind = 'ENTITLEMENT'
), gone AS (
	DELETE FROM entitlement AS e USING recorded
	WHERE fits AND survivor IS NULL AND e.person_id = :person_id AND e.key = recorded.key
), back AS (
	UPDATE entitlement AS e SET source = was.source, until_time = was.until_time, grant_time = was.grant_time
	FROM recorded CROSS JOIN jsonb_populate_record(NULL::entitlement, survivor) AS was
	WHERE fits AND survivor IS NOT NULL AND e.person_id = :person_id AND e.key = recorded.key
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.merge_id = :merge_id AND r.kind = 'ENTITLEMENT' AND r.key = recorded.key;

-- Whoever had been merged into the merged one is he again. What the survivor was filled in with goes where it has not been
-- changed.
-- name: unmerge_end   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.key::uuid AS person_id, r.survivor IS NULL AS of_kin, w AS was, m AS made
	FROM person_merge_row AS r
	CROSS JOIN jsonb_populate_record(NULL::person, r.survivor) AS w
	CROSS JOIN jsonb_populate_record(NULL::person, r.made) AS m
	WHERE r.merge_id = :merge_id AND r.kind = 'PERSON'
), emptied AS (
	UPDATE person AS p SET
		display_name = CASE WHEN p.display_name = (made).display_name THEN (was).display_name ELSE p.display_name END,
		locale = CASE WHEN p.locale = (made).locale THEN (was).locale ELSE p.locale END,
		time_zone = CASE WHEN p.time_zone = (made).time_zone THEN (was).time_zone ELSE p.time_zone END,
		verify_time = CASE WHEN p.verify_time = (made).verify_time THEN (was).verify_time ELSE p.verify_time END,
		version = p.version + 1, update_time = :now
	FROM recorded
	WHERE NOT of_kin AND p.person_id = recorded.person_id
	RETURNING p.person_id, (p.display_name, p.locale, p.time_zone, p.verify_time)
		IS NOT DISTINCT FROM ((was).display_name, (was).locale, (was).time_zone, (was).verify_time) AS fits
), back AS (
	UPDATE person SET state = 'ACTIVE', merged_into_person_id = NULL, version = version + 1, update_time = :now
	WHERE person_id = :merged_person_id
	RETURNING *
), kin_back AS (
	UPDATE person AS p SET merged_into_person_id = :merged_person_id, version = p.version + 1, update_time = :now
	FROM recorded
	WHERE of_kin AND p.person_id = recorded.person_id AND p.merged_into_person_id = :person_id
	RETURNING p.*
), marked AS (
	UPDATE person_merge_row AS r SET put_back = COALESCE(
		(SELECT fits FROM emptied WHERE emptied.person_id::text = r.key),
		EXISTS (SELECT FROM kin_back WHERE kin_back.person_id::text = r.key))
	WHERE r.merge_id = :merge_id AND r.kind = 'PERSON'
), undone AS (
	UPDATE person_merge SET undo_time = :now WHERE merge_id = :merge_id
)
INSERT INTO outbox (community_id, type, occur_time, person_id, other_person_id, version, state)
SELECT '00000000-0000-0000-0000-000000000000'::uuid, 'PERSON_MERGED', :now::timestamptz, person_id, :person_id::uuid, version, ''
FROM back
UNION ALL
SELECT '00000000-0000-0000-0000-000000000000', 'PERSON_MERGED', :now, person_id, merged_into_person_id, version, state
FROM kin_back;

-- name: unmerge_count   in: member.PersonMerge   out: member.UnmergePersonsResponse
SELECT count(*)::integer AS remainder_count FROM person_merge_row WHERE merge_id = :merge_id AND NOT put_back;

-- name: unmerge_remainders   in: member.PersonMerge   out: member.UnmergePersonsResponse.remainders
SELECT kind, NULLIF(community_id, '00000000-0000-0000-0000-000000000000') AS community_id, key
FROM person_merge_row WHERE merge_id = :merge_id AND NOT put_back
ORDER BY kind, community_id, key LIMIT 1000;

-- What was recorded of him goes; that there was a merge stays, for who is named by the merged id.
-- name: merge_erase   in: member.GetPersonRequest
WITH his AS (
	UPDATE person_merge SET reason = '' WHERE person_id = :person_id OR merged_person_id = :person_id
	RETURNING merge_id
)
DELETE FROM person_merge_row WHERE merge_id = ANY (ARRAY(SELECT merge_id FROM his));
