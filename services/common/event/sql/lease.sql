-- One replica at a time does a job: who holds its lease, and until when by the database's clock.

-- name: lease_take   in: event.Lease   out: event.Lease
INSERT INTO job_lease (name, holder, until_time)
VALUES (:name, :holder, now() + :duration_us::bigint * interval '1 microsecond')
ON CONFLICT (name) DO UPDATE
SET holder = EXCLUDED.holder, until_time = EXCLUDED.until_time
WHERE job_lease.holder = EXCLUDED.holder OR job_lease.until_time < now()
RETURNING holder;

-- name: lease_release   in: event.Lease   out: none
DELETE FROM job_lease WHERE name = :name AND holder = :holder;
