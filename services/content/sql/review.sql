-- The review queue. Whoever changes an item has locked its post or comment before, and then the item.

-- FROM review_item AS i.
-- fragment: review_item
i.community_id, i.item_id, i.subject, i.subject_id, i.post_id, i.author_person_id, i.state, i.cause AS "reason.cause",
	i.verdict AS "reason.verdict", i.category AS "reason.category", i.word AS "reason.word", i.start_sign AS "reason.start",
	i.end_sign AS "reason.end", i.duplicate_id AS "reason.subject_id", i.weight, i.report_count, i.reviewer_person_id,
	i.claim_time, i.note, i.create_time, i.decide_time, i.version::text AS etag,
	COALESCE(CASE i.subject
		WHEN 'POST' THEN (SELECT left(concat_ws(E'\n', NULLIF(p.title, ''), p.body), 500) FROM post AS p
			WHERE p.community_id = i.community_id AND p.post_id = i.subject_id)
		ELSE (SELECT left(k.body, 500) FROM comment AS k
			WHERE k.community_id = i.community_id AND k.comment_id = i.subject_id) END, '') AS excerpt

-- What waits already waits for one more reason; the first is told.
-- name: review_open   in: content.ReviewOpening   out: content.ReviewItem
INSERT INTO review_item AS i (community_id, subject, subject_id, post_id, author_person_id, cause, verdict, category, word,
	start_sign, end_sign, duplicate_id, weight, report_count, create_time)
VALUES (:community_id, :subject, :subject_id, :post_id, :author_person_id, :reason.cause, :reason.verdict, :reason.category,
	:reason.word, :reason.start, :reason.end, :reason.subject_id, :weight, :report_count, :now)
ON CONFLICT (community_id, subject_id) WHERE state IN ('OPEN', 'CLAIMED')
DO UPDATE SET weight = i.weight + EXCLUDED.weight, report_count = i.report_count + EXCLUDED.report_count
RETURNING i.item_id, i.weight;

-- Published comments, and posts of any state: the handler reads the post as the caller does.
-- name: review_target   in: content.ReportContentRequest   out: content.ReviewTarget
SELECT 'POST' AS subject, post_id AS subject_id, post_id, author_person_id,
	left(concat_ws(E'\n', NULLIF(title, ''), body), 4000) AS words
FROM post WHERE community_id = :community_id AND post_id = :subject_id
UNION ALL
SELECT 'COMMENT', comment_id, post_id, author_person_id, left(body, 4000)
FROM comment WHERE community_id = :community_id AND comment_id = :subject_id AND state = 'PUBLISHED';

-- As access_check counts ranks.
-- name: author_rank   in: content.ReviewItem   out: content.AuthorRank
SELECT COALESCE(max(array_position(ARRAY['MEMBER', 'EXPERT', 'MODERATOR', 'ADMIN', 'OWNER'], role)), 0)::integer AS rank
FROM replica_acting WHERE community_id = :community_id AND person_id = :author_person_id;

-- name: review_item_list   in: content.ListReviewItemsRequest   out: content.ListReviewItemsResponse.items   page: weight, create_time, item_id
SELECT {review_item}
FROM review_item AS i
WHERE i.community_id = :community_id AND i.state = COALESCE(:state::text, 'OPEN')
	AND i.weight <= COALESCE(:after.weight::bigint, 9223372036854775807)
	AND (i.weight < COALESCE(:after.weight::bigint, 9223372036854775807)
		OR (i.create_time, i.item_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
			COALESCE(:after.item_id::uuid, '00000000-0000-0000-0000-000000000000')))
ORDER BY i.weight DESC, i.create_time, i.item_id LIMIT :limit;

-- name: review_item_get   in: content.GetReviewItemRequest   out: content.ReviewItem
SELECT {review_item} FROM review_item AS i WHERE i.community_id = :community_id AND i.item_id = :item_id;

-- name: review_item_lock   in: content.GetReviewItemRequest   out: content.ReviewItem
SELECT {review_item} FROM review_item AS i WHERE i.community_id = :community_id AND i.item_id = :item_id
FOR NO KEY UPDATE OF i;

-- name: review_item_claim   in: content.ClaimReviewItemRequest   out: content.ReviewItem
UPDATE review_item AS i
SET state = 'CLAIMED', reviewer_person_id = :caller_id, claim_time = :now, version = i.version + 1
WHERE i.community_id = :community_id AND i.item_id = :item_id
RETURNING {review_item};

-- What was to be seen goes with the news, as it was before the decision.
-- name: review_item_decide   in: content.ReviewDecided   out: content.ReviewItem
WITH i AS (
	UPDATE review_item
	SET state = :state, reviewer_person_id = :caller_id, note = :note, decide_time = :now, version = version + 1
	WHERE community_id = :community_id AND item_id = :item_id
	RETURNING *
), told AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		kind, words)
	SELECT i.community_id, 'CONTENT_JUDGED', i.decide_time, i.author_person_id, i.subject_id, i.post_id,
		i.reviewer_person_id, i.state, i.version, :category,
		CASE WHEN i.state = 'REJECTED' THEN COALESCE(
			(SELECT left(concat_ws(E'\n', NULLIF(p.title, ''), p.body), 4000) FROM post AS p
			WHERE i.subject = 'POST' AND p.community_id = i.community_id AND p.post_id = i.subject_id),
			(SELECT left(k.body, 4000) FROM comment AS k
			WHERE i.subject = 'COMMENT' AND k.community_id = i.community_id AND k.comment_id = i.subject_id)) END
	FROM i WHERE :tell
)
SELECT {review_item} FROM i;

-- What was done to the post or comment decides what waits for a decision about it.
-- name: review_close   in: content.ReviewClosing   out: none
UPDATE review_item SET state = :state, reviewer_person_id = :caller_id, decide_time = :now, version = version + 1
WHERE community_id = :community_id AND subject_id = :subject_id AND state IN ('OPEN', 'CLAIMED');
