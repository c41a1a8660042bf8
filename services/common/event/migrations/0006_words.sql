-- What somebody is judged for, on its way to where he is.
ALTER TABLE outbox ADD COLUMN words text;
ALTER TABLE outbox_late ADD COLUMN words text;
ALTER TABLE outbox_dead ADD COLUMN words text;
