-- What is known about a person beside their certificates, each line with where
-- it comes from, and the age limits of the categories by the day they take effect.

-- +goose Up
CREATE TABLE practitioner_driving (
    id         text PRIMARY KEY,
    person     text        NOT NULL REFERENCES practitioner (id),
    class      text        NOT NULL,
    first_date date        NOT NULL,
    valid_to   date,
    status     text        NOT NULL,
    source     text        NOT NULL,
    source_at  timestamptz NOT NULL
);
CREATE INDEX practitioner_driving_person ON practitioner_driving (person, source_at DESC, id DESC);

CREATE TABLE practitioner_registration (
    id            text PRIMARY KEY,
    person        text        NOT NULL REFERENCES practitioner (id),
    category      text        NOT NULL,
    employer      text        NOT NULL,
    employer_code text        NOT NULL DEFAULT '',
    reg_from      date        NOT NULL,
    -- NULL: as long as the employment lasts
    reg_to        date,
    state         text        NOT NULL CHECK (state IN ('ACTIVE', 'ENDED')),
    ended_on      date,
    why           text        NOT NULL DEFAULT '',
    source        text        NOT NULL,
    at            timestamptz NOT NULL
);
CREATE UNIQUE INDEX practitioner_registration_one ON practitioner_registration (person, category) WHERE state = 'ACTIVE';
CREATE INDEX practitioner_registration_employer ON practitioner_registration (employer text_pattern_ops) WHERE state = 'ACTIVE';
CREATE INDEX practitioner_registration_person ON practitioner_registration (person);

CREATE TABLE practitioner_education (
    id          text PRIMARY KEY,
    person      text        NOT NULL REFERENCES practitioner (id),
    category    text        NOT NULL,
    org         text        NOT NULL,
    class_no    text        NOT NULL DEFAULT '',
    hours       integer     NOT NULL CHECK (hours > 0),
    begins      date        NOT NULL,
    ends        date        NOT NULL CHECK (ends >= begins),
    mode        text        NOT NULL CHECK (mode IN ('ONSITE', 'ONLINE')),
    certificate text        NOT NULL DEFAULT '',
    source      text        NOT NULL,
    at          timestamptz NOT NULL,
    UNIQUE (person, category, org, class_no, begins)
);

CREATE TABLE practitioner_assessment (
    id          text PRIMARY KEY,
    person      text        NOT NULL REFERENCES practitioner (id),
    category    text        NOT NULL,
    period_from date        NOT NULL,
    period_to   date        NOT NULL CHECK (period_to > period_from),
    grade       text        NOT NULL CHECK (grade IN ('AAA', 'AA', 'A', 'B')),
    points      integer     NOT NULL CHECK (points BETWEEN 0 AND 100),
    source      text        NOT NULL,
    at          timestamptz NOT NULL,
    UNIQUE (person, category, period_to)
);

-- Chapter 1.1 and 1.5: an age in years, or the statutory retirement age, by
-- category prefix and the day from which the rule holds.
CREATE TABLE practitioner_age_limit (
    category       text    NOT NULL,
    effective_from date    NOT NULL,
    least          integer NOT NULL,
    most           integer NOT NULL,
    retirement     boolean NOT NULL DEFAULT false,
    -- the statutory age of women before the delay, 50 or 55
    women          integer NOT NULL DEFAULT 50,
    basis          text    NOT NULL,
    PRIMARY KEY (category, effective_from)
);
INSERT INTO practitioner_age_limit (category, effective_from, least, most, retirement, basis) VALUES
    ('01', '2016-02-06', 18, 60, false, '道路运输条例第九条'),
    ('02', '2016-02-06', 18, 60, false, '道路运输条例第二十二条'),
    ('03', '2016-02-06', 18, 60, false, '道路运输条例第二十三条'),
    ('09', '2016-10-01', 18, 60, true,  '出租汽车驾驶员从业资格管理规定；法定退休年龄'),
    ('13', '2017-05-01', 18, 60, false, '城市公共汽车和电车客运管理规定');

-- +goose Down
DROP TABLE practitioner_age_limit;
DROP TABLE practitioner_assessment;
DROP TABLE practitioner_education;
DROP TABLE practitioner_registration;
DROP TABLE practitioner_driving;
