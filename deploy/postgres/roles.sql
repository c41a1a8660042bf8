-- One role and one schema a service: member's role cannot read content's tables. Runs again without harm.
--   psql -v password=… -f roles.sql      an empty password gives the roles none
SELECT format('CREATE ROLE %I LOGIN', 'kith_' || service)
FROM unnest(ARRAY['member', 'content', 'activity', 'evaluation']) AS service
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kith_' || service)
\gexec

SELECT format('ALTER ROLE %I PASSWORD %L', 'kith_' || service, :'password')
FROM unnest(ARRAY['member', 'content', 'activity', 'evaluation']) AS service
WHERE :'password' <> ''
\gexec

-- The owner of a schema is named through the role that makes it, so it must be one of the members.
SELECT format('GRANT %I TO CURRENT_USER', 'kith_' || service)
FROM unnest(ARRAY['member', 'content', 'activity', 'evaluation']) AS service
WHERE NOT pg_has_role('kith_' || service, 'MEMBER')
\gexec

SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', service, 'kith_' || service)
FROM unnest(ARRAY['member', 'content', 'activity', 'evaluation']) AS service
WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = service)
\gexec

-- Migrations ask for their schema whether it is there or not.
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), 'kith_' || service)
FROM unnest(ARRAY['member', 'content', 'activity', 'evaluation']) AS service
\gexec

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
