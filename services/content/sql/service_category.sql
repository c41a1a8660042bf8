-- Type services: what a community made its own of them. What its type brings is in service_category.c.

-- name: service_category_own   in: content.GetServiceCatalogueRequest   out: content.ServiceCatalogue.categories
SELECT category, enabled, title, description, kind, topics, cadence_days, true AS own
FROM service_category WHERE community_id = :community_id ORDER BY category;

-- name: service_category_put   in: content.OwnCategory   out: none
INSERT INTO service_category (community_id, category, enabled, title, description, kind, topics, cadence_days)
VALUES (:community_id, :category, :enabled, :title, :description, :kind, :topics::text[], :cadence_days)
ON CONFLICT (community_id, category) DO UPDATE SET
	enabled = EXCLUDED.enabled, title = EXCLUDED.title, description = EXCLUDED.description, kind = EXCLUDED.kind,
	topics = EXCLUDED.topics, cadence_days = EXCLUDED.cadence_days;

-- name: service_category_count   in: content.OwnCategory   out: content.OwnCategoryCount
SELECT count(*) AS count FROM service_category WHERE community_id = :community_id;

-- name: service_category_reset   in: content.ResetServiceCategoriesRequest   out: none
DELETE FROM service_category
WHERE community_id = :community_id AND (cardinality(:categories::text[]) = 0 OR category = ANY (:categories::text[]));

-- What was published about all that means a category's topics.
-- name: service_category_figures   in: content.CategoryTopics   out: content.CategoryReport.figures
SELECT category, sum(post_count)::bigint AS post_count, max(last_post_time) AS last_post_time
FROM (
	SELECT DISTINCT w.category, m.term
	FROM unnest(:topics.category::text[], :topics.topic::text[]) AS w (category, topic)
	CROSS JOIN LATERAL unnest(topic_terms(:community_id, w.topic)) AS m (term)) AS word
CROSS JOIN LATERAL (
	SELECT (SELECT count(*) FROM post AS p
			WHERE p.community_id = :community_id AND p.topic = word.term AND p.topic <> '' AND p.state = 'PUBLISHED'
				AND p.publish_time > :now::timestamptz - interval '30 days') AS post_count,
		(SELECT max(p.publish_time) FROM post AS p
			WHERE p.community_id = :community_id AND p.topic = word.term AND p.topic <> '' AND p.state = 'PUBLISHED')
			AS last_post_time) AS said
GROUP BY category;
