-- What an event is about, so that a consumer learns what its person cares for.
ALTER TABLE outbox ADD COLUMN topic text;
ALTER TABLE outbox ADD COLUMN kind text;
ALTER TABLE outbox_late ADD COLUMN topic text;
ALTER TABLE outbox_late ADD COLUMN kind text;
ALTER TABLE outbox_dead ADD COLUMN topic text;
ALTER TABLE outbox_dead ADD COLUMN kind text;
