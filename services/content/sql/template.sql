-- Copy templates, what is done with them, and what comes of it. The library stands under the nil community.

-- fragment: copy_template
NULLIF(t.community_id, '00000000-0000-0000-0000-000000000000') AS community_id, t.template_id, t.name, t.stage, t.channel,
	t.language, t.body, t.variables, t.state, t.version::text AS etag, t.create_time, t.update_time, s.use_count,
	s.audience_count, s.conversion_count,
	COALESCE(LEAST(s.conversion_count::double precision / NULLIF(s.audience_count, 0), 1), 0) AS conversion_rate,
	(wilson(LEAST(s.conversion_count, s.audience_count), s.audience_count))[1] AS conversion_low,
	(wilson(LEAST(s.conversion_count, s.audience_count), s.audience_count))[2] AS conversion_high

-- name: template_create   in: content.CreateTemplateRequest   out: content.CopyTemplate
WITH t AS (
	INSERT INTO copy_template (community_id, template_id, name, stage, channel, language, body, variables, create_time,
		update_time)
	VALUES (:community_id::uuid, :new_id::uuid, :copy_template.name, :copy_template.stage, :copy_template.channel,
		:copy_template.language, :copy_template.body, :copy_template.variables::text[], :now::timestamptz, :now::timestamptz)
	RETURNING *
)
SELECT {copy_template}
FROM t CROSS JOIN (SELECT 0::bigint AS use_count, 0::bigint AS audience_count, 0::bigint AS conversion_count) AS s;

-- name: template_get   in: content.GetTemplateRequest   out: content.CopyTemplate
SELECT {copy_template}
FROM copy_template AS t
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(use_count), 0)::bigint AS use_count, COALESCE(sum(audience_count), 0)::bigint AS audience_count,
		COALESCE(sum(conversion_count), 0)::bigint AS conversion_count
	FROM template_tally WHERE community_id = :community_id::uuid AND template_id = t.template_id) AS s
WHERE t.community_id IN (:community_id::uuid, '00000000-0000-0000-0000-000000000000') AND t.template_id = :template_id;

-- name: template_lock   in: content.GetTemplateRequest   out: content.CopyTemplate
SELECT NULLIF(community_id, '00000000-0000-0000-0000-000000000000') AS community_id, template_id, body, state,
	version::text AS etag
FROM copy_template
WHERE community_id IN (:community_id::uuid, '00000000-0000-0000-0000-000000000000') AND template_id = :template_id
FOR NO KEY UPDATE;

-- name: template_list   in: content.ListTemplatesRequest   out: content.ListTemplatesResponse.templates   page: name, template_id
SELECT {copy_template}
FROM copy_template AS t
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(use_count), 0)::bigint AS use_count, COALESCE(sum(audience_count), 0)::bigint AS audience_count,
		COALESCE(sum(conversion_count), 0)::bigint AS conversion_count
	FROM template_tally WHERE community_id = :community_id::uuid AND template_id = t.template_id) AS s
WHERE t.community_id IN (:community_id::uuid, '00000000-0000-0000-0000-000000000000')
	AND t.state = COALESCE(:state::text, 'ACTIVE')
	AND t.stage = COALESCE(:stage::text, t.stage) AND t.channel = COALESCE(:channel::text, t.channel)
	AND (:language = '' OR t.language = :language OR starts_with(t.language, :language || '-'))
	AND (t.name, t.template_id) > (COALESCE(:after.name::text, ''),
		COALESCE(:after.template_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY t.name, t.template_id LIMIT :limit;

-- name: template_update   in: content.UpdateTemplateRequest   out: none
UPDATE copy_template SET
	name = CASE WHEN :mask.name THEN :copy_template.name ELSE name END,
	stage = CASE WHEN :mask.stage THEN :copy_template.stage ELSE stage END,
	channel = CASE WHEN :mask.channel THEN :copy_template.channel ELSE channel END,
	language = CASE WHEN :mask.language THEN :copy_template.language ELSE language END,
	body = CASE WHEN :mask.body THEN :copy_template.body ELSE body END,
	variables = CASE WHEN :mask.body THEN :copy_template.variables::text[] ELSE variables END,
	version = version + 1,
	update_time = :now::timestamptz
WHERE community_id = :community_id AND template_id = :template_id;

-- name: template_retire   in: content.RetireTemplateRequest   out: none
UPDATE copy_template SET state = 'RETIRED', version = version + 1, update_time = :now::timestamptz
WHERE community_id = :community_id AND template_id = :template_id AND state = 'ACTIVE';

-- name: template_use   in: content.RenderTemplateRequest   out: content.RenderedTemplate
WITH used AS (
	INSERT INTO template_use (community_id, use_id, template_id, person_id, use_time, audience_count)
	VALUES (:community_id::uuid, :new_id::uuid, :template_id::uuid, :caller_id::uuid, :now::timestamptz,
		GREATEST(:audience_count::bigint, 1))
	RETURNING *
), counted AS (
	INSERT INTO template_tally AS s (community_id, template_id, use_count, audience_count)
	SELECT community_id, template_id, 1, audience_count FROM used
	ON CONFLICT (community_id, template_id) DO UPDATE SET
		use_count = s.use_count + 1, audience_count = s.audience_count + EXCLUDED.audience_count
)
SELECT use_id FROM used;

-- name: template_convert   in: content.ConvertTemplateUseRequest   out: content.TemplateUse
WITH new AS (
	INSERT INTO template_conversion (community_id, use_id, reader_hash, convert_time)
	SELECT community_id, use_id, sha256(convert_to(use_id || ':' || :reader, 'UTF8')), :now::timestamptz
	FROM template_use WHERE community_id = :community_id AND use_id = :use_id
	ON CONFLICT DO NOTHING
	RETURNING community_id, use_id
), changed AS (
	UPDATE template_use AS u SET conversion_count = conversion_count + 1
	FROM new WHERE u.community_id = new.community_id AND u.use_id = new.use_id
	RETURNING u.*
), counted AS (
	UPDATE template_tally AS s SET conversion_count = s.conversion_count + 1
	FROM changed WHERE s.community_id = changed.community_id AND s.template_id = changed.template_id
)
SELECT community_id, use_id, template_id, person_id, use_time, audience_count, conversion_count
FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM template_use
	WHERE community_id = :community_id AND use_id = :use_id AND NOT EXISTS (SELECT FROM changed)) AS either;

-- name: template_use_list   in: content.ListTemplateUsesRequest   out: content.ListTemplateUsesResponse.uses   page: use_time, use_id
SELECT community_id, use_id, template_id, person_id, use_time, audience_count, conversion_count
FROM template_use
WHERE community_id = :community_id AND template_id = :template_id
	AND (use_time, use_id) < (COALESCE(:after.use_time::timestamptz, 'infinity'),
		COALESCE(:after.use_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY use_time DESC, use_id DESC LIMIT :limit;
