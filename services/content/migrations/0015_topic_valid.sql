-- What 0014 demands of posts holds for those that were there before.

ALTER TABLE post VALIDATE CONSTRAINT post_source_check;
ALTER TABLE post VALIDATE CONSTRAINT source_missing;
