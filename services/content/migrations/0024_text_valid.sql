-- What 0023 demands of comments holds for those that were there before.

ALTER TABLE comment VALIDATE CONSTRAINT comment_state_check;
