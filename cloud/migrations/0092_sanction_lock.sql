-- Revocations as the enforcement system reports them, whose licence they took,
-- and their lifting by two persons (M50–M52).

-- +goose Up
CREATE TABLE sanction_notice (
    message     text PRIMARY KEY,
    decision_no text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('REVOKE', 'SUSPEND', 'RESUME', 'LIFT')),
    step        int         NOT NULL,
    lift_reason text        NOT NULL DEFAULT '',
    lift_doc_no text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL
);
CREATE INDEX sanction_notice_decision ON sanction_notice (decision_no);

CREATE TABLE sanction_lock (
    id             text PRIMARY KEY,
    cert_type      text        NOT NULL,
    cert_no        bytea       NOT NULL, -- sealed
    cert_blind     bytea       NOT NULL,
    cert_mask      text        NOT NULL,
    categories     text[]      NOT NULL,
    decision_no    text        NOT NULL UNIQUE,
    decision_date  date        NOT NULL,
    effective_date date        NOT NULL,
    org            text        NOT NULL,
    reason         text        NOT NULL,
    cause          text        NOT NULL CHECK (cause IN ('REVOKED', 'FRAUD', 'FALSE_APPLICATION')),
    scope          text        NOT NULL CHECK (scope IN ('CERT', 'CATEGORY', 'PERSON_FAMILY')),
    ban_until      date,
    ban_basis      text        NOT NULL DEFAULT '',
    status         text        NOT NULL CHECK (status IN ('WAITING', 'UNCLAIMED', 'AMBIGUOUS', 'ACTIVE', 'SUSPENDED', 'LIFTED')),
    licence        text        NOT NULL DEFAULT '',
    person         text        NOT NULL DEFAULT '',
    name           text        NOT NULL DEFAULT '',
    idno_blind     bytea       NOT NULL DEFAULT '',
    lift_reason    text        NOT NULL DEFAULT '',
    lift_doc_no    text        NOT NULL DEFAULT '',
    lift_at        timestamptz,
    lift_by        text        NOT NULL DEFAULT '',
    review_by      text        NOT NULL DEFAULT '',
    aftermath      text        NOT NULL DEFAULT '',
    pending        boolean     NOT NULL DEFAULT false,
    received_at    timestamptz NOT NULL,
    revision       int         NOT NULL DEFAULT 1,
    mac            bytea       NOT NULL
);
CREATE INDEX sanction_lock_person ON sanction_lock (idno_blind);
CREATE INDEX sanction_lock_file ON sanction_lock (person) WHERE person <> '';
CREATE INDEX sanction_lock_cert ON sanction_lock (cert_blind);
CREATE INDEX sanction_lock_open ON sanction_lock (status) WHERE status IN ('WAITING', 'UNCLAIMED', 'AMBIGUOUS');

CREATE TABLE sanction_lock_past (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lock text        NOT NULL REFERENCES sanction_lock (id),
    at   timestamptz NOT NULL,
    kind text        NOT NULL,
    text text        NOT NULL,
    by   text        NOT NULL DEFAULT ''
);
CREATE INDEX sanction_lock_past_lock ON sanction_lock_past (lock);

CREATE TABLE sanction_lift (
    id         text PRIMARY KEY,
    lock       text        NOT NULL REFERENCES sanction_lock (id),
    kind       text        NOT NULL CHECK (kind IN ('LIFT', 'SUSPEND', 'RESUME')),
    reason     text        NOT NULL,
    doc_no     text        NOT NULL,
    note       text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('OPEN', 'APPROVED', 'REFUSED')),
    handler    text        NOT NULL,
    handled_at timestamptz NOT NULL,
    checker    text        NOT NULL DEFAULT '',
    checked_at timestamptz,
    check_note text        NOT NULL DEFAULT '',
    mac        bytea       NOT NULL,
    CHECK (checker = '' OR checker <> handler)
);
CREATE UNIQUE INDEX sanction_lift_open ON sanction_lift (lock) WHERE state = 'OPEN';

-- +goose Down
DROP TABLE sanction_lift, sanction_lock_past, sanction_lock, sanction_notice;
