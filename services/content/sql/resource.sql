-- Resources, their links, and who followed those. A visitor is kept by a hash that differs from community to community.

-- fragment: resource
community_id, resource_id, title, description, url, state, visitor_count, create_time, version::text AS etag

-- fragment: resource_link
community_id, resource_id, link_id, code, channel, campaign, person_id, create_time, visitor_count, download_count,
	join_count, purchase_count

-- name: resource_create   in: content.CreateResourceRequest   out: content.Resource
INSERT INTO resource (community_id, resource_id, title, description, url, create_time)
VALUES (:community_id, :new_id, :resource.title, :resource.description, :resource.url, :now)
RETURNING {resource};

-- name: resource_get   in: content.GetResourceRequest   out: content.Resource
SELECT {resource} FROM resource WHERE community_id = :community_id AND resource_id = :resource_id;

-- name: resource_lock   in: content.GetResourceRequest   out: content.Resource
SELECT {resource} FROM resource WHERE community_id = :community_id AND resource_id = :resource_id FOR NO KEY UPDATE;

-- name: resource_list   in: content.ListResourcesRequest   out: content.ListResourcesResponse.resources   page: create_time, resource_id
SELECT {resource} FROM resource
WHERE community_id = :community_id AND state = COALESCE(:state::text, 'ACTIVE')
	AND (create_time, resource_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.resource_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, resource_id DESC LIMIT :limit;

-- name: resource_update   in: content.UpdateResourceRequest   out: content.Resource
UPDATE resource SET
	title = CASE WHEN :mask.title THEN :resource.title ELSE title END,
	description = CASE WHEN :mask.description THEN :resource.description ELSE description END,
	url = CASE WHEN :mask.url THEN :resource.url ELSE url END,
	version = version + 1
WHERE community_id = :community_id AND resource_id = :resource_id
RETURNING {resource};

-- name: resource_archive   in: content.ArchiveResourceRequest   out: content.Resource
WITH changed AS (
	UPDATE resource SET state = 'ARCHIVED', version = version + 1
	WHERE community_id = :community_id AND resource_id = :resource_id AND state = 'ACTIVE'
	RETURNING *
)
SELECT {resource} FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM resource
	WHERE community_id = :community_id AND resource_id = :resource_id AND NOT EXISTS (SELECT FROM changed)) AS either;

-- The code is drawn here, from the server's strong random numbers.
-- name: resource_link_create   in: content.CreateResourceLinkRequest   out: content.ResourceLink
WITH drawn AS MATERIALIZED (
	SELECT translate(encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FOR 9),
		'base64'), '+/', 'Kk') AS code
), known AS (
	INSERT INTO resource_code (code, community_id, link_id)
	SELECT code, :community_id, :new_id FROM drawn
	RETURNING code
)
INSERT INTO resource_link (community_id, resource_id, link_id, code, channel, campaign, person_id, create_time)
SELECT :community_id, :resource_id, :new_id, code, :channel, :campaign, :person_id, :now FROM known
RETURNING {resource_link};

-- name: resource_link_list   in: content.ListResourceLinksRequest   out: content.ListResourceLinksResponse.links   page: create_time, link_id
SELECT {resource_link} FROM resource_link
WHERE community_id = :community_id AND resource_id = :resource_id
	AND (:person_id::uuid IS NULL OR person_id = :person_id)
	AND (create_time, link_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.link_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, link_id DESC LIMIT :limit;

-- No row: there is no such link, or what it led to was taken back.
-- name: resource_link_visit   in: content.VisitResourceLinkRequest   out: content.ResourceVisit
WITH link AS (
	SELECT l.community_id, l.link_id, l.resource_id, r.title, r.url
	FROM resource_code AS k
	JOIN resource_link AS l ON l.community_id = k.community_id AND l.link_id = k.link_id
	JOIN resource AS r ON r.community_id = l.community_id AND r.resource_id = l.resource_id
	WHERE k.code = :code AND r.state = 'ACTIVE'
), seen AS (
	INSERT INTO resource_visit (community_id, link_id, visitor_hash, deed, visit_time)
	SELECT community_id, link_id, sha256(convert_to(community_id || ':' || :visitor, 'UTF8')), 'VISIT', :now::timestamptz
	FROM link
	ON CONFLICT DO NOTHING
	RETURNING community_id, link_id
), counted AS (
	UPDATE resource_link AS l SET visitor_count = l.visitor_count + 1
	FROM seen WHERE l.community_id = seen.community_id AND l.link_id = seen.link_id
), summed AS (
	UPDATE resource AS r SET visitor_count = r.visitor_count + 1
	FROM link WHERE r.community_id = link.community_id AND r.resource_id = link.resource_id AND EXISTS (SELECT FROM seen)
)
SELECT community_id, resource_id, title, url FROM link;

-- name: resource_link_convert   in: content.ConvertResourceLinkRequest   out: content.ResourceLink
WITH link AS (
	SELECT l.* FROM resource_code AS k
	JOIN resource_link AS l ON l.community_id = k.community_id AND l.link_id = k.link_id
	WHERE k.code = :code AND k.community_id = :community_id
), done AS (
	INSERT INTO resource_visit (community_id, link_id, visitor_hash, deed, visit_time)
	SELECT community_id, link_id, sha256(convert_to(community_id || ':' || :visitor, 'UTF8')), deed, :now::timestamptz
	FROM link CROSS JOIN unnest(ARRAY['VISIT', :deed::text]) AS deed
	ON CONFLICT DO NOTHING
	RETURNING deed
), new AS (
	SELECT count(*) FILTER (WHERE deed = 'VISIT') AS visits, count(*) FILTER (WHERE deed = 'DOWNLOAD') AS downloads,
		count(*) FILTER (WHERE deed = 'JOIN') AS joins, count(*) FILTER (WHERE deed = 'PURCHASE') AS purchases
	FROM done
), counted AS (
	UPDATE resource_link AS l SET
		visitor_count = l.visitor_count + visits, download_count = l.download_count + downloads,
		join_count = l.join_count + joins, purchase_count = l.purchase_count + purchases
	FROM link CROSS JOIN new
	WHERE l.community_id = link.community_id AND l.link_id = link.link_id
	RETURNING l.*
), summed AS (
	UPDATE resource AS r SET visitor_count = r.visitor_count + visits
	FROM link CROSS JOIN new
	WHERE r.community_id = link.community_id AND r.resource_id = link.resource_id AND visits > 0
)
SELECT {resource_link} FROM counted;

-- name: resource_report   in: content.GetResourceReportRequest   out: content.ResourceReport.rows
SELECT key, link_count, visitor_count, download_count, join_count, purchase_count,
	COALESCE(join_count::double precision / NULLIF(visitor_count, 0), 0) AS join_rate,
	(wilson(join_count, visitor_count))[1] AS join_low, (wilson(join_count, visitor_count))[2] AS join_high
FROM (
	SELECT COALESCE(CASE COALESCE(:group_by::text, 'RESOURCE') WHEN 'CHANNEL' THEN channel WHEN 'CAMPAIGN' THEN campaign
			WHEN 'PERSON' THEN person_id::text ELSE resource_id::text END, '') AS key,
		count(*) AS link_count, sum(visitor_count)::bigint AS visitor_count, sum(download_count)::bigint AS download_count,
		sum(join_count)::bigint AS join_count, sum(purchase_count)::bigint AS purchase_count
	FROM resource_link WHERE community_id = :community_id
	GROUP BY 1
) AS sums
ORDER BY visitor_count DESC, key LIMIT 1000;
