-- Profiles. The handler has locked the person's row before it runs one of the writing statements, so that the attributes of
-- one person are counted by one writer at a time.

-- name: attribute_list   in: member.GetProfileRequest   out: member.Profile.attributes
SELECT name, value, visibility, masked, update_time FROM person_attribute WHERE person_id = :person_id ORDER BY name;

-- Of one name given twice, the last; what is set and taken away at once is set. The facets of his memberships are to be
-- looked at again.
-- name: attribute_update   in: member.UpdateProfileRequest   out: none
WITH given AS (
	SELECT DISTINCT ON (name) name, value, visibility, masked
	FROM unnest(:attributes.name::text[], :attributes.value::text[], :attributes.visibility::text[],
		:attributes.masked::boolean[]) WITH ORDINALITY AS g (name, value, visibility, masked, place)
	ORDER BY name, place DESC
), removed AS (
	DELETE FROM person_attribute
	WHERE person_id = :person_id AND name = ANY (:removed_names::text[]) AND name NOT IN (SELECT name FROM given)
), written AS (
	INSERT INTO person_attribute (person_id, name, value, visibility, masked, update_time)
	SELECT :person_id, name, value, COALESCE(visibility, 'MEMBERS'), masked, :now FROM given
	ON CONFLICT (person_id, name) DO UPDATE SET
		value = EXCLUDED.value, visibility = EXCLUDED.visibility, masked = EXCLUDED.masked,
		update_time = EXCLUDED.update_time
)
UPDATE membership SET indexed_version = 0 WHERE person_id = :person_id AND indexed_version <> 0;
