-- The practical exam (应会考试, M64): schemes of items and deductions, which
-- sittings hold one, and the sheets that two examiners signed at a venue. Every
-- row that decides has a MAC.

-- +goose Up
CREATE TABLE exam_practical_scheme (
    id         text PRIMARY KEY,
    category   text        NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    state      text        NOT NULL CHECK (state IN ('DRAFT', 'IN_USE', 'SUCCEEDED')),
    name       text        NOT NULL,
    body       jsonb       NOT NULL,
    saved_by   text        NOT NULL,
    saved_name text        NOT NULL,
    saved_at   timestamptz NOT NULL,
    mac        bytea       NOT NULL,
    UNIQUE (category, version)
);
-- one in use, and one that is being written
CREATE UNIQUE INDEX exam_practical_scheme_state ON exam_practical_scheme (category, state) WHERE state <> 'SUCCEEDED';

CREATE TABLE exam_practical_sitting (
    sitting text PRIMARY KEY REFERENCES exam_sitting (id),
    scheme  text        NOT NULL REFERENCES exam_practical_scheme (id),
    by_name text        NOT NULL,
    at      timestamptz NOT NULL,
    mac     bytea       NOT NULL
);
CREATE INDEX exam_practical_sitting_scheme ON exam_practical_sitting (scheme);

CREATE TABLE exam_practical_sheet (
    id           text PRIMARY KEY,
    sitting      text        NOT NULL REFERENCES exam_practical_sitting (sitting),
    candidate    text        NOT NULL,
    scheme       text        NOT NULL REFERENCES exam_practical_scheme (id),
    revision     integer     NOT NULL CHECK (revision > 0),
    items        jsonb       NOT NULL,
    remark       text        NOT NULL,
    -- tenths of a point: what the venue said, and what the centre makes of the marks
    venue_score  integer     NOT NULL,
    score        integer     NOT NULL,
    failed       boolean     NOT NULL,
    passed       boolean     NOT NULL,
    -- what is wrong with it, in Chinese; such a sheet can only be rejected
    difference   text        NOT NULL DEFAULT '',
    examiners    text[]      NOT NULL,
    node         text        NOT NULL,
    signed_at    timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    state        text        NOT NULL CHECK (state IN ('SUBMITTED', 'CONFIRMED', 'REJECTED')),
    reason       text        NOT NULL DEFAULT '',
    decided_by   text,
    decided_name text        NOT NULL DEFAULT '',
    decided_at   timestamptz,
    mac          bytea       NOT NULL,
    UNIQUE (sitting, candidate, revision)
);
CREATE INDEX exam_practical_sheet_state ON exam_practical_sheet (state, received_at DESC);

-- +goose Down
DROP TABLE exam_practical_sheet;
DROP TABLE exam_practical_sitting;
DROP TABLE exam_practical_scheme;
