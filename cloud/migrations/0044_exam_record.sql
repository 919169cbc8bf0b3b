-- What venues report, projected from their journals. Every row names the
-- record it came from (node, record), which the journal ledger keeps whole.

-- +goose Up
-- Keys hold the sitting, which is checked against the node's venue: a venue can
-- never occupy or overwrite a row of another one by naming its ids.
CREATE TABLE exam_attempt (
    sitting      text        NOT NULL,
    id           text        NOT NULL,
    candidate    text        NOT NULL DEFAULT '',
    node         text        NOT NULL,
    seat         text        NOT NULL DEFAULT '',
    terminal     text        NOT NULL DEFAULT '',
    fence        bigint      NOT NULL DEFAULT 0,
    paper        text        NOT NULL DEFAULT '',
    questions    bigint      NOT NULL DEFAULT 0,
    relaxed      text[]      NOT NULL DEFAULT '{}',
    issued_at    timestamptz,
    started_at   timestamptz,
    allowed_ms   bigint      NOT NULL DEFAULT 0,
    extra_ms     bigint      NOT NULL DEFAULT 0,
    paused       boolean     NOT NULL DEFAULT false,
    seen_at      timestamptz NOT NULL,
    record       bigint      NOT NULL,
    PRIMARY KEY (sitting, id)
);
CREATE INDEX exam_attempt_candidate ON exam_attempt (sitting, candidate);

-- All saves of every answer. The highest revision of an item is the answer.
CREATE TABLE exam_answer (
    attempt    text        NOT NULL,
    item       text        NOT NULL,
    revision   bigint      NOT NULL,
    sitting    text        NOT NULL,
    choice     text[]      NOT NULL,
    fence      bigint      NOT NULL,
    counter    bigint      NOT NULL,
    elapsed_ms bigint      NOT NULL,
    node       text        NOT NULL,
    record     bigint      NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (sitting, attempt, item, revision)
);

CREATE TABLE exam_handin (
    sitting  text        NOT NULL,
    attempt  text        NOT NULL,
    how      text        NOT NULL,
    who      text        NOT NULL DEFAULT '',
    reason   text        NOT NULL DEFAULT '',
    answered bigint      NOT NULL,
    answers  text        NOT NULL,
    score    bigint      NOT NULL,
    used_ms  bigint      NOT NULL,
    node     text        NOT NULL,
    record   bigint      NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (sitting, attempt)
);

CREATE TABLE exam_verification (
    id        text             NOT NULL,
    sitting   text             NOT NULL,
    candidate text             NOT NULL,
    stage     text             NOT NULL,
    score     double precision NOT NULL,
    threshold double precision NOT NULL,
    engine    text             NOT NULL,
    model     text             NOT NULL,
    demo      boolean          NOT NULL,
    snapshot  text             NOT NULL,
    faces     bigint           NOT NULL,
    decision  text             NOT NULL,
    who       text             NOT NULL,
    reason    text             NOT NULL,
    node      text             NOT NULL,
    record    bigint           NOT NULL,
    at        timestamptz      NOT NULL,
    PRIMARY KEY (node, id)
);
CREATE INDEX exam_verification_sitting ON exam_verification (sitting, candidate, record);

CREATE TABLE exam_checkin (
    node         text        NOT NULL,
    record       bigint      NOT NULL,
    sitting      text        NOT NULL,
    candidate    text        NOT NULL,
    admitted     boolean     NOT NULL,
    verification text        NOT NULL,
    seat         text        NOT NULL,
    who          text        NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (node, record)
);
CREATE INDEX exam_checkin_sitting ON exam_checkin (sitting, candidate, record);

CREATE TABLE exam_irregularity (
    id        text        NOT NULL,
    sitting   text        NOT NULL,
    candidate text        NOT NULL,
    code      text        NOT NULL,
    note      text        NOT NULL,
    evidence  text        NOT NULL,
    who       text        NOT NULL,
    node      text        NOT NULL,
    record    bigint      NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (node, id)
);
CREATE INDEX exam_irregularity_sitting ON exam_irregularity (sitting);

CREATE TABLE exam_alarm (
    id        text        NOT NULL,
    node      text        NOT NULL,
    sitting   text        NOT NULL DEFAULT '',
    candidate text        NOT NULL DEFAULT '',
    seat      text        NOT NULL DEFAULT '',
    level     text        NOT NULL DEFAULT '',
    code      text        NOT NULL DEFAULT '',
    text      text        NOT NULL DEFAULT '',
    snapshot  text        NOT NULL DEFAULT '',
    record    bigint      NOT NULL DEFAULT 0,
    raised_at timestamptz,
    seen_at   timestamptz,
    seen_by   text        NOT NULL DEFAULT '',
    seen_note text        NOT NULL DEFAULT '',
    PRIMARY KEY (node, id)
);
CREATE INDEX exam_alarm_sitting ON exam_alarm (sitting, raised_at);

-- Logins, seat moves, pauses, resumptions and extensions, one row a record.
CREATE TABLE exam_event (
    node    text        NOT NULL,
    record  bigint      NOT NULL,
    sitting text        NOT NULL,
    attempt text        NOT NULL DEFAULT '',
    kind    text        NOT NULL,
    who     text        NOT NULL DEFAULT '',
    detail  jsonb       NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (node, record)
);
CREATE INDEX exam_event_sitting ON exam_event (sitting, record);

CREATE TABLE exam_closeout (
    sitting   text PRIMARY KEY,
    who       text        NOT NULL,
    booked    bigint      NOT NULL,
    admitted  bigint      NOT NULL,
    absent    bigint      NOT NULL,
    issued    bigint      NOT NULL,
    started   bigint      NOT NULL,
    submitted bigint      NOT NULL,
    answers   bigint      NOT NULL,
    digest    text        NOT NULL,
    node      text        NOT NULL,
    record    bigint      NOT NULL,
    at        timestamptz NOT NULL
);

-- The venue's own audit lines, as reported.
CREATE TABLE exam_venue_audit (
    node   text        NOT NULL,
    seq    bigint      NOT NULL,
    actor  text        NOT NULL,
    action text        NOT NULL,
    object text        NOT NULL,
    detail text        NOT NULL,
    mac    text        NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (node, seq)
);

-- Reports that contradict each other: kept, shown, decided by a person.
CREATE TABLE exam_anomaly (
    node    text        NOT NULL,
    record  bigint      NOT NULL,
    sitting text        NOT NULL,
    code    text        NOT NULL,
    text    text        NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (node, record, code)
);
CREATE INDEX exam_anomaly_sitting ON exam_anomaly (sitting);

-- +goose Down
DROP TABLE exam_anomaly;
DROP TABLE exam_venue_audit;
DROP TABLE exam_closeout;
DROP TABLE exam_event;
DROP TABLE exam_alarm;
DROP TABLE exam_irregularity;
DROP TABLE exam_checkin;
DROP TABLE exam_verification;
DROP TABLE exam_handin;
DROP TABLE exam_answer;
DROP TABLE exam_attempt;
