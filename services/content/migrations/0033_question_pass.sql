-- When who was asked has passed the question on.
ALTER TABLE question_route ADD COLUMN pass_time timestamptz;
