\set n random(1, 1000)
SELECT community_id, slug, name, notice, theme, type, time_zone, locale, capacity, join_mode, state, member_count, create_time, update_time FROM community WHERE community_id = ('00000000-0000-8000-8000-' || lpad(:n::text, 12, '0'))::uuid;
