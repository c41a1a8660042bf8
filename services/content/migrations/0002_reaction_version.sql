-- Orders what is told of one reaction: given, taken back, given again. Its row is gone in between and cannot count.
CREATE SEQUENCE reaction_version;
