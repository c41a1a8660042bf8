-- Reviews of real names. The handler has locked the person.

-- fragment: verification
person_id, verification_id, state, masked_name, document_kind, document_tail, create_time, review_time, decide_time,
	reviewer, reason

-- No row: the document is another's.
-- name: document_claim   in: member.SubmittedDocument   out: member.SubmittedDocument
INSERT INTO real_document (document_hash, person_id)
VALUES (:document_hash, :person_id)
ON CONFLICT (document_hash) DO UPDATE SET person_id = EXCLUDED.person_id
WHERE real_document.person_id = EXCLUDED.person_id
RETURNING person_id;

-- name: verification_submit   in: member.SubmittedDocument   out: member.Verification
INSERT INTO verification (person_id, verification_id, masked_name, document_kind, document_tail, document_hash,
	create_time)
VALUES (:person_id, :new_id, :masked_name, :document_kind, :document_tail, :document_hash, :now)
RETURNING {verification};

-- name: verification_latest   in: member.GetVerificationRequest   out: member.Verification
SELECT {verification}
FROM verification WHERE person_id = {named}
ORDER BY create_time DESC, verification_id DESC LIMIT 1;

-- name: verification_pick   in: member.VerificationStep   out: member.Verification
SELECT {verification}
FROM verification WHERE person_id = :person_id AND verification_id = :verification_id;

-- name: verification_list   in: member.ListVerificationsRequest   out: member.ListVerificationsResponse.verifications   page: create_time, verification_id
SELECT {verification}
FROM verification
WHERE state = COALESCE(:state::text, 'SUBMITTED')
	AND (create_time, verification_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
		COALESCE(:after.verification_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY create_time, verification_id LIMIT :limit;

-- name: verification_step   in: member.VerificationStep   out: member.Verification
WITH changed AS (
	UPDATE verification SET
		state = :state, reviewer = :reviewer, reason = :reason,
		review_time = COALESCE(review_time, :now),
		decide_time = CASE WHEN :state::text = 'UNDER_REVIEW' THEN NULL ELSE :now::timestamptz END
	WHERE person_id = :person_id AND verification_id = :verification_id
	RETURNING *
), verified AS (
	UPDATE person SET verify_time = :now, version = version + 1, update_time = :now
	WHERE person_id = :person_id AND :state::text = 'VERIFIED' AND EXISTS (SELECT FROM changed)
), seen_anew AS (
	UPDATE membership SET indexed_version = 0
	WHERE person_id = :person_id AND :state::text = 'VERIFIED' AND EXISTS (SELECT FROM changed)
), freed AS (
	DELETE FROM real_document USING changed
	WHERE real_document.document_hash = changed.document_hash AND real_document.person_id = changed.person_id
		AND changed.state = 'REJECTED'
)
SELECT {verification}
FROM changed;

-- name: verification_erase   in: member.GetPersonRequest   out: none
WITH forgotten AS (
	DELETE FROM verification WHERE person_id = :person_id
)
DELETE FROM real_document WHERE person_id = :person_id;
