-- How members are received. A template holds for who joins from then on; version 0 is the default of his language.
CREATE TABLE onboarding_template (
	community_id uuid NOT NULL REFERENCES community (community_id),
	version integer NOT NULL CHECK (version > 0),
	since_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, version)
);

CREATE TABLE onboarding_step (
	community_id uuid NOT NULL,
	version integer NOT NULL,
	step integer NOT NULL CHECK (step > 0),
	kind text NOT NULL
		CHECK (kind IN ('WELCOME', 'READ_RULES', 'INTRODUCE', 'ICE_BREAKER', 'FIRST_POST', 'MEET', 'CUSTOM')),
	title text NOT NULL,
	text text NOT NULL,
	days integer NOT NULL,
	PRIMARY KEY (community_id, version, step),
	FOREIGN KEY (community_id, version) REFERENCES onboarding_template (community_id, version)
);

-- Which steps of his template a member has done. Those that complete by themselves are not in it.
CREATE TABLE onboarding_done (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	version integer NOT NULL,
	step integer NOT NULL,
	complete_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, person_id, version, step)
);

-- What holds where a community has set nothing of its own.
CREATE TABLE onboarding_default (
	language text NOT NULL,
	step integer NOT NULL,
	kind text NOT NULL,
	title text NOT NULL,
	text text NOT NULL,
	days integer NOT NULL,
	PRIMARY KEY (language, step)
);

INSERT INTO onboarding_default (language, step, kind, title, text, days) VALUES
	('en', 1, 'WELCOME', 'Look around', 'Read what this community is about and its notice, and greet those who greet you.', 1),
	('en', 2, 'READ_RULES', 'Know the rules', 'Read the rules and accept them: everybody here goes by the same ones.', 1),
	('en', 3, 'INTRODUCE', 'Introduce yourself', 'Three sentences will do: who you are, what brings you here, what you can give.', 3),
	('en', 4, 'ICE_BREAKER', 'Break the ice', 'Name one small thing that made you smile lately, and answer two others who did.', 7),
	('en', 5, 'FIRST_POST', 'Your first post', 'Ask what you want to know, or share what others may want to.', 14),
	('en', 6, 'MEET', 'Meet somebody', 'Come to an event, or get to know one member who likes what you like.', 30),
	('zh', 1, 'WELCOME', '先看看这里', '读一读社群简介和公告,看看大家在聊什么,和欢迎你的人打个招呼。', 1),
	('zh', 2, 'READ_RULES', '了解群规', '读完群规并确认接受:大家守同一套规矩,才聊得安心。', 1),
	('zh', 3, 'INTRODUCE', '自我介绍', '三句话就够:你是谁,为什么来,能给大家带来什么。', 3),
	('zh', 4, 'ICE_BREAKER', '破冰小任务', '说一件最近让你开心的小事,再回应两位成员的回答。', 7),
	('zh', 5, 'FIRST_POST', '第一次发帖', '问一个想知道的问题,或分享一点别人用得上的东西。', 14),
	('zh', 6, 'MEET', '认识一位同伴', '参加一次活动,或结识一位志趣相投的成员。', 30);
