/* Rooms: each service with its schema and its statements, on one database. */
#include "rooms.h"

#include <string.h>

#include "activity.migrations.h"
#include "activity.sql.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "content.migrations.h"
#include "content.sql.h"
#include "db/db.h"
#include "evaluation.migrations.h"
#include "evaluation.sql.h"
#include "event.migrations.h"
#include "member.migrations.h"
#include "member.sql.h"
#include "postgres.h"

const struct room rooms[] = {
	{"member", &member_migrations, &member_sql},
	{"content", &content_migrations, &content_sql},
	{"activity", &activity_migrations, &activity_sql},
	{"evaluation", &evaluation_migrations, &evaluation_sql},
};

struct postgres *rooms_start(void)
{
	struct postgres *postgres = postgres_start();

	for (size_t i = 0; i < N_ROOMS; i++) {
		const char *url = postgres_url(postgres), *schema = rooms[i].name;

		if (migrate_run(url, schema, &event_migrations) != STATUS_OK ||
		    migrate_run(url, schema, rooms[i].migrations) != STATUS_OK)
			log_die("test-migrate", "%s", schema);
	}

	return postgres;
}

/* Without checks and foreign keys, the columns that must be there or name a person. */
static const char fill[] =
	"DO $do$ DECLARE t record; BEGIN "
	"SET LOCAL session_replication_role = replica; "
	"FOR t IN SELECT conrelid::regclass AS name, conname FROM pg_constraint "
	"WHERE contype = 'c' AND connamespace = '%1$s'::regnamespace AND coninhcount = 0 LOOP "
	"EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', t.name, t.conname); END LOOP; "
	"FOR t IN SELECT c.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ') AS "
	"columns, "
	"string_agg(quote_literal(CASE a.atttypid "
	"WHEN 'uuid'::regtype THEN '%2$s' "
	"WHEN 'timestamptz'::regtype THEN '2024-07-01Z' WHEN 'date'::regtype THEN '2024-07-01' "
	"WHEN 'text'::regtype THEN 'x' WHEN 'bytea'::regtype THEN '' WHEN 'jsonb'::regtype THEN "
	"'{}' "
	"ELSE CASE WHEN a.attndims > 0 THEN '{}' ELSE '0' END END), ', ') AS values "
	"FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "
	"WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
	"AND c.relnamespace = '%1$s'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped "
	"AND (a.attnotnull OR a.attname LIKE '%%person%%') "
	"AND NOT a.atthasdef AND a.attidentity = '' GROUP BY c.oid LOOP "
	"EXECUTE format('INSERT INTO %%s (%%s) VALUES (%%s)', "
	"t.name, t.columns, t.values); END LOOP; END $do$";

void room_fill(struct postgres *postgres, const struct room *room, const char *id)
{
	postgres_text(postgres, fill, room->name, id);
}

const char *room_prepare(struct postgres *postgres, const struct sql *s, struct arena *arena)
{
	postgres_text(postgres, "PREPARE plain AS %s", s->text);
	return arena_string(
		arena,
		postgres_text(postgres,
			      "SELECT string_agg(type::text, ',' ORDER BY n) FROM "
			      "pg_prepared_statements, unnest(parameter_types) WITH ORDINALITY "
			      "AS p (type, n) WHERE name = 'plain'"));
}

void room_batched_form(const struct sql *s, const char *types, struct buf *to)
{
	const char *at = types;

	buf_add_string(to, "SELECT q.ordinal, r.* FROM unnest(");
	for (size_t i = 1; i <= s->n_params; i++) {
		size_t n = strcspn(at, ",");

		buf_add_format(to, "%s$%zu::%.*s[]", i > 1 ? ", " : "", i, (int)n, at);
		at += n + (at[n] == ',');
	}
	buf_add_string(to, ") WITH ORDINALITY AS q(");
	for (size_t i = 1; i <= s->n_params; i++)
		buf_add_format(to, "p%zu, ", i);
	buf_add_format(to, "ordinal), LATERAL (%s) r", s->many_text);
}
