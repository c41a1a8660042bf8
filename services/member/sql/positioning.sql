-- Positionings. A new one follows community_lock, so that versions have no holes.

-- fragment: positioning
community_id, version, age_min AS "audience.age_min", age_max AS "audience.age_max", genders AS "audience.genders",
	interests AS "audience.interests", occupations AS "audience.occupations", regions AS "audience.regions", need,
	benefit, create_time

-- name: positioning_create   in: member.CreatePositioningRequest   out: member.Positioning
INSERT INTO positioning (community_id, version, age_min, age_max, genders, interests, occupations, regions, need, benefit,
	create_time)
SELECT :community_id, COALESCE(max(version), 0) + 1, COALESCE(:positioning.audience.age_min::integer, 0),
	COALESCE(:positioning.audience.age_max::integer, 0), :positioning.audience.genders::text[],
	:positioning.audience.interests::text[], :positioning.audience.occupations::text[],
	:positioning.audience.regions::text[], :positioning.need, :positioning.benefit, :now
FROM positioning WHERE community_id = :community_id
RETURNING {positioning};

-- name: positioning_get   in: member.GetPositioningRequest   out: member.Positioning
SELECT {positioning}
FROM positioning WHERE community_id = :community_id AND :version::integer IN (0, version)
ORDER BY version DESC LIMIT 1;

-- name: positioning_list   in: member.ListPositioningsRequest   out: member.ListPositioningsResponse.positionings   page: version
SELECT {positioning}
FROM positioning WHERE community_id = :community_id AND version < COALESCE(:after.version::integer, 2147483647)
ORDER BY version DESC LIMIT :limit;
