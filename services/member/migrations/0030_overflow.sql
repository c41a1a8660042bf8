-- Where those go who find a community full.
CREATE TABLE overflow (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	overflow_community_id uuid NOT NULL,
	update_time timestamptz NOT NULL
);
