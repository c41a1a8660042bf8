-- Each write once: its reply is kept under the caller's name for it.

-- name: reply_store   in: event.StoreRepliesRequest   out: none
INSERT INTO idempotency (community_id, caller, request_id, request_hash, reply)
SELECT * FROM unnest(:replies.community_id::uuid[], :replies.caller::text[], :replies.request_id::text[],
                     :replies.request_hash::bytea[], :replies.reply::bytea[]);

-- Waits for a transaction that is at the same request; no row when it is done already.
-- name: reply_claim   in: event.StoredReply   out: event.StoredReply
INSERT INTO idempotency (community_id, caller, request_id, request_hash, reply)
VALUES (:community_id, :caller, :request_id, :request_hash, '')
ON CONFLICT DO NOTHING
RETURNING request_hash;

-- name: reply_find   in: event.StoredReply   out: event.StoredReply
SELECT request_hash, reply FROM idempotency
WHERE community_id = :community_id AND caller = :caller AND request_id = :request_id;

-- name: reply_fill   in: event.StoredReply   out: none
UPDATE idempotency SET reply = :reply
WHERE community_id = :community_id AND caller = :caller AND request_id = :request_id;

-- The answers to these persons, and those that speak of them. What is being answered just now has no reply yet.
-- name: reply_forget   in: event.ForgetRequest   out: none
DELETE FROM idempotency AS i
WHERE i.reply <> '' AND (
	EXISTS (SELECT FROM unnest(:person_ids::text[]) AS p (id)
		WHERE lower(right(i.caller, 37)) = '/' || lower(p.id)
			OR position(convert_to(lower(p.id), 'UTF8') IN i.reply) > 0)
	OR EXISTS (SELECT FROM unnest(:words::text[]) AS w (word) WHERE position(convert_to(w.word, 'UTF8') IN i.reply) > 0));

-- name: reply_expire   in: event.ExpireRequest   out: event.CountResponse
WITH expired AS (
	DELETE FROM idempotency WHERE (community_id, caller, request_id) IN (
		SELECT community_id, caller, request_id FROM idempotency
		WHERE create_time < :before_time ORDER BY create_time LIMIT :max_rows)
	RETURNING 1
)
SELECT count(*) AS count FROM expired;
