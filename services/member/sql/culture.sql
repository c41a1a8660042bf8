-- Culture: one row a community, from the first time it says something.

-- name: culture_get   in: member.GetCultureRequest   out: member.Culture
SELECT c.community_id, COALESCE("values", '{}') AS "values", COALESCE(slogan, '') AS slogan,
	anthem_title AS "anthem.title", anthem_lyrics AS "anthem.lyrics", anthem_url AS "anthem.url",
	COALESCE(rituals, '{}') AS rituals, COALESCE(k.version, 0)::text AS etag
FROM community AS c LEFT JOIN culture AS k USING (community_id)
WHERE c.community_id = :community_id;

-- name: culture_update   in: member.UpdateCultureRequest   out: member.Culture
INSERT INTO culture AS k (community_id, "values", slogan, anthem_title, anthem_lyrics, anthem_url, rituals)
SELECT c.community_id,
	CASE WHEN :mask.values THEN :culture.values::text[] ELSE COALESCE("values", '{}') END,
	CASE WHEN :mask.slogan THEN :culture.slogan ELSE COALESCE(slogan, '') END,
	CASE WHEN :mask.anthem.title THEN COALESCE(:culture.anthem.title::text, '') ELSE COALESCE(anthem_title, '') END,
	CASE WHEN :mask.anthem.lyrics THEN COALESCE(:culture.anthem.lyrics::text, '') ELSE COALESCE(anthem_lyrics, '') END,
	CASE WHEN :mask.anthem.url THEN COALESCE(:culture.anthem.url::text, '') ELSE COALESCE(anthem_url, '') END,
	CASE WHEN :mask.rituals THEN :culture.rituals::text[] ELSE COALESCE(rituals, '{}') END
FROM community AS c LEFT JOIN culture USING (community_id)
WHERE c.community_id = :community_id
ON CONFLICT (community_id) DO UPDATE SET
	"values" = EXCLUDED."values", slogan = EXCLUDED.slogan, anthem_title = EXCLUDED.anthem_title,
	anthem_lyrics = EXCLUDED.anthem_lyrics, anthem_url = EXCLUDED.anthem_url, rituals = EXCLUDED.rituals,
	version = k.version + 1
RETURNING community_id, "values", slogan, anthem_title AS "anthem.title", anthem_lyrics AS "anthem.lyrics",
	anthem_url AS "anthem.url", rituals, version::text AS etag;
