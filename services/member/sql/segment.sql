-- Segments. Who is in them is a matter of facet.sql.

-- What a segment is to its readers.
-- fragment: segment
community_id, segment_id, name, description, filter, version::text AS etag, create_time, update_time

-- No row: there are 1,000 already. The community is locked.
-- name: segment_create   in: member.CreateSegmentRequest   out: member.Segment
INSERT INTO segment (community_id, segment_id, name, description, filter, create_time, update_time)
SELECT :community_id, :new_id, :segment.name, :segment.description, :segment.filter, :now, :now
WHERE (SELECT count(*) FROM segment WHERE community_id = :community_id) < 1000
RETURNING {segment};

-- name: segment_get   in: member.GetSegmentRequest   out: member.Segment
SELECT {segment}
FROM segment WHERE community_id = :community_id AND segment_id = :segment_id;

-- name: segment_list   in: member.ListSegmentsRequest   out: member.ListSegmentsResponse.segments   page: name
SELECT {segment}
FROM segment WHERE community_id = :community_id AND name > COALESCE(:after.name::text, '')
ORDER BY name LIMIT :limit;

-- name: segment_update   in: member.UpdateSegmentRequest   out: member.Segment
UPDATE segment SET
	name = CASE WHEN :mask.name THEN :segment.name ELSE name END,
	description = CASE WHEN :mask.description THEN :segment.description ELSE description END,
	filter = CASE WHEN :mask.filter THEN :segment.filter ELSE filter END,
	version = version + 1,
	update_time = :now
WHERE community_id = :community_id AND segment_id = :segment_id
RETURNING {segment};

-- name: segment_delete   in: member.DeleteSegmentRequest   out: member.Segment
DELETE FROM segment WHERE community_id = :community_id AND segment_id = :segment_id
RETURNING {segment};
