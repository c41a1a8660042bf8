-- Telling member what its members did.

-- The next cells that member is to be told, each as it stands last. Locked rows are another replica's. Rolled back when
-- member has not acknowledged them.
-- name: untold_take   in: evaluation.FoldQuery   out: member.DeliverDaysRequest.days
WITH next AS (
	SELECT community_id, sequence, cell_count FROM untold
	WHERE community_id > COALESCE(:after_community_id::uuid, '00000000-0000-0000-0000-000000000000')
	ORDER BY community_id, sequence LIMIT 512
	FOR UPDATE SKIP LOCKED
), bite AS (
	SELECT community_id, sequence FROM (
		SELECT *, sum(cell_count) OVER (ORDER BY community_id, sequence) - cell_count AS before FROM next) n
	WHERE before < :row_limit::integer
), taken AS (
	DELETE FROM untold u USING bite b
	WHERE u.community_id = b.community_id AND u.sequence = b.sequence
	RETURNING u.*
)
SELECT DISTINCT ON (community_id, person_id, day, cell.kind) community_id, person_id, DATE '1970-01-01' + day AS date,
	(ARRAY['VISIT', 'POST', 'COMMENT', 'ANSWER', 'REACTION', 'SHARE', 'ATTENDANCE', 'CHECK_IN', 'PURCHASE', 'MESSAGE',
		'BOOKMARK', 'REGISTRATION'])[cell.kind] AS kind,
	count, version
FROM taken CROSS JOIN LATERAL unnest(days, person_ids, kinds, counts, versions)
	AS cell (day, person_id, kind, count, version)
ORDER BY community_id, person_id, day, cell.kind, version DESC;
