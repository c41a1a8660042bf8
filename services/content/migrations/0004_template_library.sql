-- The library: words to begin with, for each stage of a community's life, in Chinese and in English. Their ids follow from
-- their names, so that every installation has the same.
INSERT INTO copy_template (community_id, template_id, name, stage, channel, language, body, variables, create_time,
	update_time)
SELECT '00000000-0000-0000-0000-000000000000', md5('library:' || name)::uuid, name, stage, channel, language, body,
	ARRAY(SELECT variable FROM (
		SELECT m[1] AS variable, min(place) AS place
		FROM regexp_matches(body, '\{\{([a-z0-9_]+)\}\}', 'g') WITH ORDINALITY AS found (m, place) GROUP BY m[1]) AS v
		ORDER BY place),
	TIMESTAMPTZ '2026-11-01 00:00:00+00', TIMESTAMPTZ '2026-11-01 00:00:00+00'
FROM (VALUES
	('启动 · 邀请第一批成员', 'LAUNCH', 'DIRECT', 'zh-CN', '{{name}}, 你好! 我正在筹备「{{community}}」, 想先请 {{seats}} 位真正关心{{topic}}的朋友一起定下它的样子。第一批成员可以参与定规则、定栏目。愿意来看看吗? {{link}}'),
	('启动 · 开群第一句话', 'LAUNCH', 'GROUP', 'zh-CN', '大家好, 这里是「{{community}}」。我们聚在一起只为一件事: {{goal}}。请每位朋友用三句话介绍自己: 我是谁、我能带来什么、我想得到什么。我先来——我是{{host}}。'),
	('启动 · 朋友圈招募', 'LAUNCH', 'FEED', 'zh-CN', '如果你也在为{{pain}}发愁, 我们建了一个小社群「{{community}}」。每周{{frequency}}, 有问必答, 不发广告。首批只开放 {{seats}} 个位置: {{link}}'),
	('启动 · 破冰小游戏', 'LAUNCH', 'GROUP', 'zh-CN', '今晚 {{time}} 破冰: 每人说两件真事、一件假事, 让大家来猜。猜中最多的人得到{{prize}}。没有标准答案, 只有认识彼此的机会。'),
	('启动 · 定位海报', 'LAUNCH', 'POSTER', 'zh-CN', '「{{community}}」——给{{audience}}的{{topic}}社群。来这里, 你会得到{{benefit}}。扫码加入: {{link}}'),
	('发展 · 每周话题预告', 'GROWTH', 'GROUP', 'zh-CN', '本周话题: {{topic}}。{{date}} {{time}} 在群里开聊, 由{{expert}}带头。带一个你自己的例子来, 收获会翻倍。'),
	('发展 · 独家内容上线', 'GROWTH', 'FEED', 'zh-CN', '{{expert}}花了两周整理的《{{title}}》今天在「{{community}}」首发, 只给成员看。还没进来的朋友, 门在这里: {{link}}'),
	('发展 · 线下见面邀请', 'GROWTH', 'DIRECT', 'zh-CN', '{{name}}, 我们 {{date}} 在{{place}}办一场线下见面会, 主题是{{topic}}, 一共 {{seats}} 席。你在群里说过的话很多人记得, 希望当面见到你。报名: {{link}}'),
	('发展 · 老成员带新成员', 'GROWTH', 'GROUP', 'zh-CN', '你身边一定有一位也需要{{topic}}的朋友。本月带他来「{{community}}」, 你们两位都会得到{{prize}}。专属链接: {{link}}'),
	('发展 · 规则提醒', 'GROWTH', 'GROUP', 'zh-CN', '人多了, 规矩要先说好: 多分享经验, 少转发链接; 有问题先搜索, 有答案请回来说一声。完整的群规在 {{link}}, 有意见找{{host}}。'),
	('成熟 · 会员权益介绍', 'MATURITY', 'DIRECT', 'zh-CN', '{{name}}, 感谢你这一年一直在。我们为深度参与的成员准备了「{{plan}}」: {{benefit}}。{{date}} 前加入是 {{price}}。先看看适不适合你, 再决定: {{link}}'),
	('成熟 · 专家答疑', 'MATURITY', 'GROUP', 'zh-CN', '{{expert}}本周做客「{{community}}」, 只答{{topic}}方面的难题。把问题写具体: 背景、做过什么、卡在哪里。{{date}} {{time}} 集中回答。'),
	('成熟 · 成员故事', 'MATURITY', 'FEED', 'zh-CN', '一年前, {{name}}带着一个问题来到「{{community}}」; 今天, 他的做法帮到了很多人。读读他的故事: {{link}}'),
	('成熟 · 满意度邀请', 'MATURITY', 'EMAIL', 'zh-CN', '{{name}}, 你好: 你觉得「{{community}}」现在怎么样? {{count}} 个问题, 两分钟。上一次大家提的意见里, 我们已经改了{{change}}。请在 {{date}} 前告诉我们: {{link}}'),
	('成熟 · 打卡招募', 'MATURITY', 'GROUP', 'zh-CN', '「{{title}}」{{days}} 天打卡开始报名: 每天一小步, 坚持到最后的人一起分享奖学金。规则和名单都公开: {{link}}'),
	('转型 · 坦诚的一封信', 'TRANSFORM', 'EMAIL', 'zh-CN', '{{name}}, 你好: 最近「{{community}}」安静了不少, 我们想过原因: {{reason}}。接下来我们会把重心放到{{topic}}上。它还是你需要的吗? 回这封信, 或在这里投票: {{link}}'),
	('转型 · 重新定位投票', 'TRANSFORM', 'GROUP', 'zh-CN', '我们想和大家一起重新决定「{{community}}」往哪走。三个方向: {{option_a}}, {{option_b}}, {{option_c}}。{{date}} 前投票, 得票最多的就是下一季的主题: {{link}}'),
	('转型 · 唤回老成员', 'TRANSFORM', 'DIRECT', 'zh-CN', '{{name}}, 好久不见。你上次来是 {{since}}, 那之后「{{community}}」变了样: {{change}}。有一场你可能会喜欢的活动, {{date}} {{time}}, 给你留了位置: {{link}}'),
	('转型 · 新栏目首发', 'TRANSFORM', 'FEED', 'zh-CN', '听了大家的意见, 「{{community}}」的新栏目「{{title}}」今天开张: {{benefit}}。第一期已经可以看了: {{link}}'),
	('Launch · invite a founding member', 'LAUNCH', 'DIRECT', 'en', 'Hi {{name}}, I am starting {{community}} and would like {{seats}} people who truly care about {{topic}} to shape it with me. Founding members write the rules and pick the topics. Would you have a look? {{link}}'),
	('Launch · the first words in the group', 'LAUNCH', 'GROUP', 'en', 'Welcome to {{community}}. We are here for one thing: {{goal}}. Please tell us in three lines who you are, what you can bring, and what you hope to find. I will begin: I am {{host}}.'),
	('Launch · call for members', 'LAUNCH', 'FEED', 'en', 'Struggling with {{pain}}? So were we. {{community}} is a small group that meets {{frequency}}, answers every question and carries no adverts. The first {{seats}} places are open: {{link}}'),
	('Launch · ice-breaker', 'LAUNCH', 'GROUP', 'en', 'Tonight at {{time}}: two truths and a lie. Everybody tells three things about themselves, the rest of us guess. The best guesser wins {{prize}}; all of us win a few new faces.'),
	('Launch · poster', 'LAUNCH', 'POSTER', 'en', '{{community}}: the place for {{audience}} to talk about {{topic}}. What you get: {{benefit}}. Join at {{link}}'),
	('Growth · topic of the week', 'GROWTH', 'GROUP', 'en', 'This week: {{topic}}, led by {{expert}}, on {{date}} at {{time}}. Bring one example of your own and you will take twice as much home.'),
	('Growth · members-only piece', 'GROWTH', 'FEED', 'en', '{{expert}} spent two weeks on "{{title}}". It appears today, for members of {{community}} only. Not in yet? The door is here: {{link}}'),
	('Growth · meet in person', 'GROWTH', 'DIRECT', 'en', 'Hi {{name}}, we are meeting at {{place}} on {{date}} to talk about {{topic}}, {{seats}} seats in all. People remember what you wrote in the group; it would be good to have you there. Sign up: {{link}}'),
	('Growth · bring a friend', 'GROWTH', 'GROUP', 'en', 'You know somebody who needs {{topic}} as much as you did. Bring them to {{community}} this month and both of you get {{prize}}. Your own link: {{link}}'),
	('Growth · house rules', 'GROWTH', 'GROUP', 'en', 'We have grown, so here is how we do things: share experience rather than links, search before you ask, and come back to tell us what worked. All the rules: {{link}}. Questions about them go to {{host}}.'),
	('Maturity · a plan for regulars', 'MATURITY', 'DIRECT', 'en', 'Hi {{name}}, thank you for a year with us. For people who are in as deep as you are we made {{plan}}: {{benefit}}. Until {{date}} it costs {{price}}. See whether it suits you first: {{link}}'),
	('Maturity · ask the expert', 'MATURITY', 'GROUP', 'en', '{{expert}} is with us this week and takes hard questions about {{topic}}. Be specific: the background, what you tried, where you are stuck. Answers on {{date}} at {{time}}.'),
	('Maturity · a member''s story', 'MATURITY', 'FEED', 'en', 'A year ago {{name}} came to {{community}} with a question. Today the answer helps many others. Read how it went: {{link}}'),
	('Maturity · tell us how we do', 'MATURITY', 'EMAIL', 'en', 'Hi {{name}}, how is {{community}} doing for you? {{count}} questions, two minutes. Of what you told us last time we have changed {{change}}. Please answer by {{date}}: {{link}}'),
	('Maturity · check-in challenge', 'MATURITY', 'GROUP', 'en', '"{{title}}": {{days}} days, one small step a day. Whoever stays to the end shares the scholarship. Rules and names are open to all: {{link}}'),
	('Transform · an honest letter', 'TRANSFORM', 'EMAIL', 'en', 'Hi {{name}}, {{community}} has been quiet, and we have thought about why: {{reason}}. From now on we turn to {{topic}}. Is that still something you need? Answer this letter, or vote here: {{link}}'),
	('Transform · vote on the way ahead', 'TRANSFORM', 'GROUP', 'en', 'Where should {{community}} go next? {{option_a}}, {{option_b}} or {{option_c}}: the one with most votes by {{date}} is the theme of our next season. {{link}}'),
	('Transform · welcome back', 'TRANSFORM', 'DIRECT', 'en', 'Hi {{name}}, long time no see. Since {{since}} {{community}} has changed: {{change}}. There is an evening you might like on {{date}} at {{time}}, and a seat is kept for you: {{link}}'),
	('Transform · a new column', 'TRANSFORM', 'FEED', 'en', 'You told us what you missed, so {{community}} starts something new today, "{{title}}": {{benefit}}. The first one is out: {{link}}')
) AS library (name, stage, channel, language, body);
