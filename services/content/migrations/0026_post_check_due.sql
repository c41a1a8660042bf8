-- Whether a post is checked once more when its time comes: what its author has scheduled, not what a moderator has approved.
ALTER TABLE post ADD COLUMN check_due boolean NOT NULL DEFAULT false;
