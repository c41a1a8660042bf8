-- concurrently
-- Whatever names a person is found by him, since he may take it away; raw rows by the days that they are counted in.
CREATE INDEX CONCURRENTLY IF NOT EXISTS member_day_by_person ON member_day (person_id, community_id, day);
CREATE INDEX CONCURRENTLY IF NOT EXISTS waiting_by_person ON waiting (person_id, community_id, occur_time, interaction_id);
