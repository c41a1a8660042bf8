-- What kind of community it is, for who offers it something; and an order among what is told.
ALTER TABLE outbox ADD COLUMN community_type text;
ALTER TABLE outbox ADD COLUMN place bigint;
ALTER TABLE outbox_late ADD COLUMN community_type text;
ALTER TABLE outbox_late ADD COLUMN place bigint;
ALTER TABLE outbox_dead ADD COLUMN community_type text;
ALTER TABLE outbox_dead ADD COLUMN place bigint;

-- NULL until member was asked, or told it.
ALTER TABLE replica_community ADD COLUMN type text;
