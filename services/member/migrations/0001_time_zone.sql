-- The zones this installation can compute local days in. Asking the catalog view instead reads every file of the zone
-- database, each time.
CREATE TABLE time_zone (
	name text PRIMARY KEY
);

INSERT INTO time_zone (name)
SELECT DISTINCT name FROM pg_timezone_names
WHERE name NOT LIKE 'posix%' AND name NOT LIKE 'right/%' AND name NOT IN ('Factory', 'localtime')
UNION SELECT 'UTC';
