-- Every role that somebody acts with now: as a member, and as an operator. One row each.
CREATE VIEW replica_acting AS
SELECT community_id, person_id, role FROM replica_membership WHERE state = 'ACTIVE'
UNION ALL
SELECT community_id, person_id, role FROM replica_duty WHERE role <> '';
