-- concurrently
-- The list for each combination of the fields that a request can name, and for a language.
CREATE INDEX CONCURRENTLY IF NOT EXISTS community_by_facets
	ON community (type, state, size_class, stage, product_strategy, create_time DESC, community_id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS community_by_locale ON community (locale, create_time DESC, community_id DESC)
	WHERE locale <> '';
DROP INDEX CONCURRENTLY IF EXISTS community_by_filter;
