-- Persons.

-- What a person is to who may read him.
-- fragment: person
person_id, external_id, display_name, locale, time_zone, version::text AS etag, create_time, update_time, state,
	merged_into_person_id, verify_time

-- Who is meant by :person_id now: a merged person is who he turned out to be.
-- fragment: named
COALESCE((SELECT merged_into_person_id FROM person WHERE person_id = :person_id), :person_id)

-- Every id of who is meant: his own and those of whoever was merged into him.
-- fragment: ids
ARRAY(SELECT {named} UNION ALL SELECT p.person_id FROM person AS p WHERE p.merged_into_person_id = {named})

-- Who calls, likewise; NULL when nobody in person does.
-- fragment: caller
COALESCE((SELECT merged_into_person_id FROM person WHERE person_id = :caller_id::uuid), :caller_id::uuid)

-- name: person_create   in: member.CreatePersonRequest   out: member.Person
INSERT INTO person (person_id, external_id, display_name, locale, time_zone, create_time, update_time)
VALUES (:person.person_id, :person.external_id, :person.display_name, :person.locale, :person.time_zone, :now, :now)
RETURNING {person};

-- name: person_get   in: member.GetPersonRequest   out: member.Person
SELECT {person}
FROM person WHERE person_id = :person_id;

-- name: person_lock   in: member.GetPersonRequest   out: member.Person
SELECT {person}
FROM person WHERE person_id = :person_id FOR NO KEY UPDATE;

-- Who is meant, and nobody else changes him. A merge that came between is seen in the row.
-- name: person_lock_named   in: member.GetPersonRequest   out: member.Person
SELECT {person}
FROM person WHERE person_id = {named} FOR NO KEY UPDATE;

-- Who is meant, and not to be merged before the call ends. A merge that came between is seen in the row.
-- name: person_take   in: member.GetPersonRequest   out: member.Person
SELECT {person}
FROM person WHERE person_id = {named} FOR SHARE;

-- name: person_named   in: member.GetPersonRequest   out: member.Person
SELECT {person}
FROM person WHERE person_id = {named};

-- Only the id, which nobody need be known by.
-- name: person_meant   in: member.GetPersonRequest   out: member.Person
SELECT {named} AS person_id;

-- name: person_update   in: member.UpdatePersonRequest   out: member.Person
UPDATE person SET
	display_name = CASE WHEN :mask.display_name THEN :person.display_name ELSE display_name END,
	locale = CASE WHEN :mask.locale THEN :person.locale ELSE locale END,
	time_zone = CASE WHEN :mask.time_zone THEN :person.time_zone ELSE time_zone END,
	version = version + 1,
	update_time = :now
WHERE person_id = :person_id
RETURNING {person};
