-- What 0018 demands of posts holds for those that were there before.

ALTER TABLE post VALIDATE CONSTRAINT post_counts;
