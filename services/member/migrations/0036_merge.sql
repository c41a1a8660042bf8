-- A level may change because two persons became one, or two again.
ALTER TABLE level_change DROP CONSTRAINT level_change_cause_check;
ALTER TABLE level_change ADD CONSTRAINT level_change_cause
	CHECK (cause IN ('ACTIVITY', 'TIME', 'LADDER', 'MERGE')) NOT VALID;
ALTER TABLE review DROP CONSTRAINT review_cause_check;
ALTER TABLE review ADD CONSTRAINT review_cause CHECK (cause IN ('ACTIVITY', 'TIME', 'LADDER', 'MERGE')) NOT VALID;

CREATE FUNCTION kol_rank(stage text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT array_position(ARRAY['DROPPED', 'PROSPECT', 'CANDIDATE', 'KOL', 'AMBASSADOR'], stage) $$;
