-- Which of these names are no time zone. Empty names ask for nothing.

-- name: time_zone_check   in: member.TimeZoneCheck   out: member.TimeZoneCheck
SELECT COALESCE(array_agg(DISTINCT asked.name), '{}') AS unknown
FROM unnest(:names::text[]) AS asked (name)
WHERE asked.name <> '' AND NOT EXISTS (SELECT FROM time_zone WHERE time_zone.name = asked.name);
