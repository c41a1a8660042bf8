-- The tenure of a membership whose person was merged into another: it stands for nobody, and counts again when they are parted.
ALTER TABLE tenure ADD COLUMN merged boolean NOT NULL DEFAULT false;
