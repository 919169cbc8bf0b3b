-- What 一网通办 is told of cases, in order for each; the numbers it lends us, what it
-- has asked of us, and where its books differ from ours (M11–M19).

-- +goose Up
CREATE TABLE onestop_case (
    apply_no text        PRIMARY KEY,
    case_id  text        NOT NULL REFERENCES licensing_case (id),
    online   boolean     NOT NULL,
    begun_at timestamptz NOT NULL
);
CREATE INDEX onestop_case_begun ON onestop_case (begun_at);

-- In the order of id for each case; seq is given when a message is first sent, so
-- that one that is skipped leaves no gap. body holds nobody's number and no file.
CREATE TABLE onestop_message (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    apply_no   text        NOT NULL REFERENCES onestop_case (apply_no),
    seq        integer     NOT NULL DEFAULT 0,
    endpoint   text        NOT NULL,
    node       text        NOT NULL DEFAULT '',
    op_time    timestamptz NOT NULL,
    letter     text        NOT NULL DEFAULT '',
    body       text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('WAITING', 'SENT', 'REFUSED', 'SKIPPED')),
    tries      integer     NOT NULL DEFAULT 0,
    last_error text        NOT NULL DEFAULT '',
    error_code text        NOT NULL DEFAULT '',
    receipt    text        NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    tried_at   timestamptz,
    sent_at    timestamptz
);
CREATE INDEX onestop_message_case ON onestop_message (apply_no, id);
CREATE INDEX onestop_message_open ON onestop_message (apply_no, id) WHERE state IN ('WAITING', 'REFUSED');
CREATE INDEX onestop_message_time ON onestop_message (op_time, id);
CREATE INDEX onestop_message_letter ON onestop_message (letter) WHERE endpoint = 'case/document';
CREATE UNIQUE INDEX onestop_message_seq ON onestop_message (apply_no, seq) WHERE seq > 0;

-- The course of a message: what changed, not every one of a thousand equal failures.
CREATE TABLE onestop_step (
    message bigint      NOT NULL REFERENCES onestop_message (id),
    at      timestamptz NOT NULL,
    what    text        NOT NULL CHECK (what IN ('FAILED', 'REFUSED', 'SENT', 'RESENT', 'SKIPPED')),
    text    text        NOT NULL DEFAULT '',
    by_name text        NOT NULL DEFAULT ''
);
CREATE INDEX onestop_step_message ON onestop_step (message, at);

CREATE TABLE onestop_number (
    apply_no  text        PRIMARY KEY,
    item_code text        NOT NULL,
    got_at    timestamptz NOT NULL,
    taken_at  timestamptz
);
CREATE INDEX onestop_number_free ON onestop_number (item_code, apply_no) WHERE taken_at IS NULL;

-- Who somebody is at the platform, for their cases in 我的办件.
CREATE TABLE onestop_user (
    person  text        PRIMARY KEY REFERENCES practitioner (id),
    user_id text        NOT NULL,
    seen_at timestamptz NOT NULL
);

CREATE TABLE onestop_callback (
    callback_no text        PRIMARY KEY,
    kind        text        NOT NULL,
    apply_no    text        NOT NULL,
    digest      bytea       NOT NULL,
    answer      text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL
);

CREATE TABLE onestop_report (
    id          text        PRIMARY KEY,
    day         date        NOT NULL,
    nightly     boolean     NOT NULL,
    asked_by    text        NOT NULL,
    begun_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    cases       integer     NOT NULL DEFAULT 0,
    differences integer     NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX onestop_report_night ON onestop_report (day) WHERE nightly;

CREATE TABLE onestop_difference (
    report   text NOT NULL REFERENCES onestop_report (id),
    apply_no text NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('MISSING', 'SEQ', 'NODE', 'DOCUMENT')),
    ours     text NOT NULL,
    theirs   text NOT NULL,
    advice   text NOT NULL
);
CREATE INDEX onestop_difference_report ON onestop_difference (report, apply_no);

-- +goose Down
DROP TABLE onestop_difference, onestop_report, onestop_callback, onestop_user, onestop_number, onestop_step, onestop_message, onestop_case;
