-- How merged persons came, asked to come, and brought others. Whom each brought stays under the id that did
-- (sql/source.sql, `brought`).

-- Of the two memberships that are one now, the one that does not go on is an earlier stay, unless both were present.
-- name: merge_stays   in: member.PersonMerge
WITH {merge_moved}, past AS MATERIALIZED (
	SELECT r.community_id, m
	FROM moved AS r
	CROSS JOIN jsonb_populate_record(NULL::membership, CASE WHEN
		(r.made -> 'state', r.made -> 'join_time', r.made -> 'leave_time')
			= (r.merged -> 'state', r.merged -> 'join_time', r.merged -> 'leave_time')
		THEN r.survivor ELSE r.merged END) AS m
	WHERE r.survivor ->> 'state' <> 'MERGED' AND NOT (r.survivor ->> 'state' = 'ACTIVE' AND r.merged ->> 'state' = 'ACTIVE')
), made AS (
	INSERT INTO stay (community_id, person_id, sequence, state, join_time, leave_time, leave_reason, source, campaign, scene,
		inviter_person_id)
	SELECT community_id, :person_id, 1 + COALESCE((SELECT max(sequence) FROM stay AS s
			WHERE s.community_id = past.community_id AND s.person_id = :person_id), 0),
		(m).state, (m).join_time, (m).leave_time, (m).leave_reason, (m).source, (m).campaign, (m).scene,
		(m).inviter_person_id
	FROM past
	RETURNING *
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, made)
SELECT community_id, :merge_id, 'STAY', sequence::text, to_jsonb(made) FROM made;

-- Who brought him goes over with the number that he came under.
-- name: merge_referrals   in: member.PersonMerge
WITH {merge_moved}
UPDATE referral AS f SET person_id = :person_id
FROM moved AS r
WHERE r.survivor IS NULL AND f.community_id = r.community_id AND f.person_id = :merged_person_id;

-- Requests whose time is over wait no longer.
-- name: merge_requests_expire   in: member.PersonMerge
UPDATE join_request SET state = 'EXPIRED', decide_time = expire_time
WHERE person_id IN (:person_id, :merged_person_id) AND state = 'PENDING' AND expire_time <= :now;

-- His requests are the survivor's. Who is a member by the other id asks no more, and of two that ask the same the survivor
-- does.
-- name: merge_requests   in: member.PersonMerge
WITH his AS MATERIALIZED (
	SELECT r.*, to_jsonb(r) AS was, r.state = 'PENDING' AND (EXISTS (
			SELECT FROM membership AS m
			WHERE m.community_id = r.community_id AND m.person_id = :person_id AND m.state = 'ACTIVE')
		OR r.person_id = :merged_person_id AND EXISTS (
			SELECT FROM join_request AS s
			WHERE s.community_id = r.community_id AND s.person_id = :person_id AND s.state = 'PENDING')) AS ends
	FROM join_request AS r
	WHERE r.person_id IN (:person_id, :merged_person_id)
), made AS (
	UPDATE join_request AS r SET
		person_id = :person_id, state = CASE WHEN ends THEN 'CANCELLED' ELSE r.state END,
		decide_time = CASE WHEN ends THEN :now ELSE r.decide_time END
	FROM his
	WHERE r.community_id = his.community_id AND r.join_request_id = his.join_request_id
		AND (ends OR r.person_id = :merged_person_id)
	RETURNING r.*
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, merged, made)
SELECT community_id, :merge_id, 'JOIN_REQUEST', join_request_id::text, was, to_jsonb(made)
FROM his JOIN made USING (community_id, join_request_id);

-- Those that he made, and those that are for him alone.
-- name: merge_invitations   in: member.PersonMerge
WITH his AS MATERIALIZED (
	SELECT community_id, invitation_id, jsonb_build_object('inviter_person_id', inviter_person_id,
		'target_person_id', target_person_id) AS was
	FROM invitation
	WHERE inviter_person_id = :merged_person_id OR target_person_id = :merged_person_id
), made AS (
	UPDATE invitation AS i SET
		inviter_person_id = CASE inviter_person_id WHEN :merged_person_id THEN :person_id ELSE inviter_person_id END,
		target_person_id = CASE target_person_id WHEN :merged_person_id THEN :person_id ELSE target_person_id END
	FROM his
	WHERE i.community_id = his.community_id AND i.invitation_id = his.invitation_id
)
INSERT INTO person_merge_row (community_id, merge_id, kind, key, merged)
SELECT community_id, :merge_id, 'INVITATION', invitation_id::text, was FROM his;

-- name: unmerge_stays   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.key FROM person_merge_row AS r
	WHERE r.merge_id = :merge_id AND r.kind = 'STAY' AND r.community_id NOT IN {merge_stayed}
), gone AS (
	DELETE FROM stay AS s USING recorded
	WHERE s.community_id = recorded.community_id AND s.person_id = :person_id AND s.sequence = recorded.key::integer
	RETURNING s.community_id
)
UPDATE person_merge_row AS r SET put_back = community_id IN (SELECT community_id FROM gone)
WHERE r.merge_id = :merge_id AND r.kind = 'STAY';

-- name: unmerge_referrals   in: member.PersonMerge
WITH {merge_moved}
UPDATE referral AS f SET person_id = :merged_person_id
FROM moved AS r
WHERE r.survivor IS NULL AND r.put_back AND f.community_id = r.community_id AND f.person_id = :person_id;

-- A request waits again unless its person has asked anew.
-- name: unmerge_requests   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.key, was, COALESCE(to_jsonb(q) = r.made, false) AND NOT (was.state = 'PENDING' AND EXISTS (
			SELECT FROM join_request AS other
			WHERE other.community_id = r.community_id AND other.person_id = was.person_id AND other.state = 'PENDING'
				AND other.join_request_id <> q.join_request_id)) AS fits
	FROM person_merge_row AS r
	CROSS JOIN jsonb_populate_record(NULL::join_request, r.merged) AS was
	LEFT JOIN join_request AS q ON q.community_id = r.community_id AND q.join_request_id = r.key::uuid
	WHERE r.merge_id = :merge_id AND r.kind = 'JOIN_REQUEST'
), back AS (
	UPDATE join_request AS q SET person_id = (was).person_id, state = (was).state, decide_time = (was).decide_time
	FROM recorded
	WHERE fits AND q.community_id = recorded.community_id AND q.join_request_id = recorded.key::uuid
)
UPDATE person_merge_row AS r SET put_back = fits
FROM recorded
WHERE r.community_id = recorded.community_id AND r.merge_id = :merge_id AND r.kind = 'JOIN_REQUEST' AND r.key = recorded.key;

-- name: unmerge_invitations   in: member.PersonMerge
WITH recorded AS MATERIALIZED (
	SELECT r.community_id, r.key, r.merged FROM person_merge_row AS r
	WHERE r.merge_id = :merge_id AND r.kind = 'INVITATION'
), back AS (
	UPDATE invitation AS i SET
		inviter_person_id = (merged ->> 'inviter_person_id')::uuid, target_person_id = (merged ->> 'target_person_id')::uuid
	FROM recorded
	WHERE i.community_id = recorded.community_id AND i.invitation_id = recorded.key::uuid
	RETURNING recorded.key
)
UPDATE person_merge_row AS r SET put_back = key IN (SELECT key FROM back)
WHERE r.merge_id = :merge_id AND r.kind = 'INVITATION';
