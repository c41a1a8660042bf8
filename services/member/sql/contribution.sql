-- Contributions. The handlers that write have locked the person's row, so that what he offers is counted by one writer at a
-- time. What is offered is there while its person is a present member.

-- What an offer is to its readers.
-- fragment: contribution
community_id, contribution_id, person_id, kind, text, availability, version::text AS etag, create_time, update_time

-- name: contribution_count   in: member.CreateContributionRequest   out: member.ContributionCount
SELECT count(*) AS count FROM contribution WHERE community_id = :community_id AND person_id = {named};

-- name: contribution_create   in: member.CreateContributionRequest   out: member.Contribution
INSERT INTO contribution (community_id, contribution_id, person_id, kind, text, availability, create_time, update_time)
VALUES (:community_id, :new_id, {named}, :contribution.kind, :contribution.text, :contribution.availability, :now, :now)
RETURNING {contribution};

-- name: contribution_get   in: member.GetContributionRequest   out: member.Contribution
SELECT {contribution}
FROM contribution AS c
WHERE community_id = :community_id AND contribution_id = :contribution_id
	AND EXISTS (SELECT FROM membership m
		WHERE m.community_id = c.community_id AND m.person_id = c.person_id AND m.state = 'ACTIVE');

-- name: contribution_list   in: member.ListContributionsRequest   out: member.ListContributionsResponse.contributions   page: create_time, contribution_id
SELECT {contribution}
FROM contribution AS c
WHERE community_id = :community_id
	AND (:kind::text IS NULL OR kind = :kind::text)
	AND (:person_id::uuid IS NULL OR person_id = {named})
	AND NOT EXISTS (SELECT FROM regexp_split_to_table(lower(:words::text), '\s+') AS w (word)
		WHERE position(word IN lower(text || ' ' || availability)) = 0)
	AND EXISTS (SELECT FROM membership m
		WHERE m.community_id = c.community_id AND m.person_id = c.person_id AND m.state = 'ACTIVE')
	AND (create_time, contribution_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.contribution_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, contribution_id DESC LIMIT :limit;

-- name: contribution_lock   in: member.UpdateContributionRequest   out: member.Contribution
SELECT {contribution}
FROM contribution
WHERE community_id = :community_id AND person_id = {named} AND contribution_id = :contribution_id
FOR NO KEY UPDATE;

-- name: contribution_update   in: member.UpdateContributionRequest   out: member.Contribution
UPDATE contribution SET
	kind = CASE WHEN :mask.kind THEN :contribution.kind ELSE kind END,
	text = CASE WHEN :mask.text THEN :contribution.text ELSE text END,
	availability = CASE WHEN :mask.availability THEN :contribution.availability ELSE availability END,
	version = version + 1,
	update_time = :now
WHERE community_id = :community_id AND person_id = {named} AND contribution_id = :contribution_id
RETURNING {contribution};

-- name: contribution_delete   in: member.DeleteContributionRequest   out: member.Contribution
DELETE FROM contribution
WHERE community_id = :community_id AND person_id = {named} AND contribution_id = :contribution_id
RETURNING {contribution};
