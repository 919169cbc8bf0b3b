-- What the checks of chapter 2.3 measure by (chapters 1.1, 1.2, 1.4): figures and
-- vehicle classes that a rule or the customer may change, by category prefix and
-- the day from which they hold. The longest prefix counts, and of those the latest.

-- +goose Up
CREATE TABLE licensing_threshold (
    code           text    NOT NULL,
    key            text    NOT NULL,
    category       text    NOT NULL,
    effective_from date    NOT NULL,
    value          integer NOT NULL,
    basis          text    NOT NULL,
    confidence     text    NOT NULL CHECK (confidence IN ('verified', 'known', 'assumed')),
    PRIMARY KEY (code, key, category, effective_from)
);
INSERT INTO licensing_threshold (code, key, category, effective_from, value, basis, confidence) VALUES
    ('E04', 'years',               '01',    '2016-02-06', 1,  '道路运输从业人员管理规定第九条：取得相应的机动车驾驶证 1 年以上', 'known'),
    ('E04', 'years',               '09',    '2016-10-01', 3,  '出租汽车驾驶员从业资格管理规定第十条：具有 3 年以上驾驶经历', 'verified'),
    -- an accident counts by its grade (1 轻微 2 一般 3 重大 4 特大) and our share of the blame (1 次要 2 同等 3 主要 4 全部)
    ('E05', 'years',               '',      '2016-02-06', 3,  '道路运输条例第九条：3 年内无重大以上交通责任事故', 'verified'),
    ('E05', 'grade',               '',      '2016-02-06', 3,  '道路运输条例第九条：重大以上', 'verified'),
    ('E05', 'duty',                '',      '2016-02-06', 2,  '道路运输从业人员管理规定：负同等以上责任', 'known'),
    ('E06', 'cycles',              '09',    '2016-10-01', 3,  '出租汽车驾驶员从业资格管理规定第十条：最近连续 3 个记分周期没有记满 12 分', 'verified'),
    ('E06', 'cycles',              '13',    '2017-05-01', 3,  '城市公共汽车和电车客运管理规定第二十七条', 'known'),
    ('E06', 'points',              '',      '2016-10-01', 12, '道路交通安全违法行为记分管理办法：累积记分满 12 分', 'known'),
    ('E06', 'TRAFFIC_CRIME',       '09',    '2016-10-01', 1,  '出租汽车驾驶员从业资格管理规定第十条', 'verified'),
    ('E06', 'DANGEROUS_DRIVING',   '09',    '2016-10-01', 1,  '出租汽车驾驶员从业资格管理规定第十条', 'verified'),
    ('E06', 'DRUGS',               '09',    '2016-10-01', 1,  '出租汽车驾驶员从业资格管理规定第十条', 'verified'),
    ('E06', 'DRINK_DRIVING',       '09',    '2016-10-01', 1,  '出租汽车驾驶员从业资格管理规定第十条', 'verified'),
    ('E06', 'TRAFFIC_CRIME',       '13',    '2017-05-01', 1,  '城市公共汽车和电车客运管理规定第二十七条', 'known'),
    ('E06', 'DANGEROUS_DRIVING',   '13',    '2017-05-01', 1,  '城市公共汽车和电车客运管理规定第二十七条', 'known'),
    ('E06', 'DRINK_DRIVING',       '13',    '2017-05-01', 1,  '城市公共汽车和电车客运管理规定第二十七条', 'known'),
    ('E07', 'VIOLENT_CRIME',       '09',    '2016-10-01', 1,  '出租汽车驾驶员从业资格管理规定第十条', 'verified'),
    ('E14', 'most',                '',      '2016-02-06', 0,  '道路运输从业人员管理规定第三十三条：未接受处罚的，接受处罚后方可办理', 'known'),
    -- 1: somebody from elsewhere with a residence permit in force is taken
    ('E20', 'permit',              '09',    '2016-12-21', 1,  '业主需求：支持非沪籍报名，附居住证', 'assumed'),
    ('E21', 'years',               '09003', '2016-12-21', 1,  '上海市网络预约出租汽车经营服务管理若干规定第九条：申请前 1 年内', 'verified'),
    ('E21', 'violations',          '09003', '2016-12-21', 5,  '上海市网络预约出租汽车经营服务管理若干规定第九条：违法不满 5 次', 'verified'),
    ('E21', 'unhandled',           '09003', '2016-12-21', 5,  '上海市网络预约出租汽车经营服务管理若干规定第九条：逾期未处理不满 5 起', 'verified'),
    -- GB/T 4658: 10 研究生 20 本科 30 专科 40 中职 60 高中 70 初中 80 小学; lower is higher
    ('E25', 'level',               '',      '2016-02-06', 70, '初中以上学历', 'verified');

-- Which classes entitle to drive for a category: any of them, or one that covers it.
CREATE TABLE licensing_driving_class (
    category       text   NOT NULL,
    effective_from date   NOT NULL,
    classes        text[] NOT NULL,
    basis          text   NOT NULL,
    PRIMARY KEY (category, effective_from)
);
INSERT INTO licensing_driving_class (category, effective_from, classes, basis) VALUES
    ('01001', '2016-02-06', '{A1,B1,C1}', '道路客运：大客 A1，普客 A1、B1、C1（assumed）'),
    ('02001', '2016-02-06', '{A2,B2}',    '道路货运：A2、B2；总质量 4500 千克及以下普货免证'),
    ('03001', '2016-02-06', '{A2,B2}',    '危货驾驶：A2、B2'),
    ('03005', '2016-02-06', '{A2,B2}',    '剧毒化学品驾驶：同危货驾驶'),
    ('03009', '2016-02-06', '{A2,B2}',    '爆炸品驾驶：同危货驾驶'),
    ('03013', '2016-02-06', '{A2,B2}',    '放射性物品驾驶：同危货驾驶'),
    ('09',    '2016-10-01', '{C1,C2}',    '出租汽车：C1、C2 及以上'),
    ('13001', '2017-05-01', '{A1,A3,N}',  '公交驾驶：A1、A3；无轨电车 N');

-- 准驾包含关系 (chapter 1.2, known).
CREATE TABLE licensing_class_cover (
    class  text PRIMARY KEY,
    covers text[] NOT NULL
);
INSERT INTO licensing_class_cover (class, covers) VALUES
    ('A1', '{A3,B1,B2,C1,C2,C3,C4,M}'),
    ('A2', '{B1,B2,C1,C2,C3,C4,M}'),
    ('A3', '{C1,C2,C3,C4}'),
    ('B1', '{C1,C2,C3,C4,M}'),
    ('B2', '{C1,C2,C3,C4,M}'),
    ('C1', '{C2,C3,C4}');

-- +goose Down
DROP TABLE licensing_class_cover;
DROP TABLE licensing_driving_class;
DROP TABLE licensing_threshold;
