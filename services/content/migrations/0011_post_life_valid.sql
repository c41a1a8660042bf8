-- What 0010 demands of posts holds for those that were there before.

ALTER TABLE post VALIDATE CONSTRAINT post_state_check;
ALTER TABLE post VALIDATE CONSTRAINT post_visibility_check;
ALTER TABLE post VALIDATE CONSTRAINT plan_missing;
ALTER TABLE post VALIDATE CONSTRAINT level_missing;
ALTER TABLE post VALIDATE CONSTRAINT schedule_missing;
