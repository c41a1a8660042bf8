-- Apart from the change before, so that writers do not wait.
ALTER TABLE level_change VALIDATE CONSTRAINT level_change_cause;
ALTER TABLE review VALIDATE CONSTRAINT review_cause;
