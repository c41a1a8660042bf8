-- concurrently
-- Whatever names a person is found by him, since it goes with him. Members are listed by number, and chosen by the index of
-- facets: nothing reads them by role and state.
CREATE INDEX CONCURRENTLY IF NOT EXISTS api_key_by_person ON api_key (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS member_audit_by_actor ON member_audit (actor_person_id)
	WHERE actor_person_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS real_document_by_person ON real_document (person_id);
DROP INDEX CONCURRENTLY IF EXISTS membership_by_filter;
