-- What a community made of the categories that its type brings, and those that it added.
CREATE TABLE service_category (
	community_id uuid NOT NULL,
	category text NOT NULL,
	enabled boolean NOT NULL,
	title text NOT NULL,
	description text NOT NULL,
	kind text CHECK (kind IN ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'ARTICLE', 'QUESTION', 'RESOURCE', 'LESSON')),
	topics text[] NOT NULL,
	cadence_days integer NOT NULL,
	PRIMARY KEY (community_id, category)
);
