-- What holds a part of a split together.
ALTER TABLE split_part ADD COLUMN inner_tie_count bigint NOT NULL DEFAULT 0;
ALTER TABLE split_part ADD COLUMN inner_tie_weight bigint NOT NULL DEFAULT 0;
