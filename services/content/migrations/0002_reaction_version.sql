-- Orders what is told of one reaction: given (even), taken back (the next), given again.
CREATE SEQUENCE reaction_version INCREMENT 2 START 2;
ALTER TABLE reaction ADD COLUMN version bigint NOT NULL DEFAULT nextval('reaction_version');
