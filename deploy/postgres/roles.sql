-- One role and one schema a service: member's role cannot read content's tables. Runs again without harm.
--   psql -v member=… -v content=… -v activity=… -v evaluation=… -f roles.sql      passwords; empty ones change nothing
CREATE TEMP TABLE service AS
SELECT name, 'kith_' || name AS role, password
FROM (VALUES ('member', :'member'), ('content', :'content'), ('activity', :'activity'), ('evaluation', :'evaluation'))
  AS s (name, password);

SELECT format('CREATE ROLE %I LOGIN', role) FROM service
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT format('ALTER ROLE %I PASSWORD %L', role, password) FROM service WHERE password <> ''
\gexec

-- Whoever makes a schema for another role must be a member of that.
SELECT format('GRANT %I TO CURRENT_USER', role) FROM service WHERE NOT pg_has_role(role, 'MEMBER')
\gexec

SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', name, role) FROM service
WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = name)
\gexec

-- Migrations ask for their schema whether it is there or not.
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), role) FROM service
\gexec

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
