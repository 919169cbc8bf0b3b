-- Passed subjects and how long they count (M64): what the qualification record
-- and the licensing matters go by. A row is written when results are published
-- and withdrawn when they are corrected; it is never changed otherwise.

-- +goose Up
CREATE TABLE exam_credit (
    id           text PRIMARY KEY,
    idno_blind   bytea       NOT NULL,
    category     text        NOT NULL,
    subject      text        NOT NULL,
    sitting      text        NOT NULL REFERENCES exam_sitting (id),
    candidate    text        NOT NULL,
    passed_on    date        NOT NULL,
    -- the first day on which it no longer counts
    valid_until  date        NOT NULL CHECK (valid_until > passed_on),
    granted_at   timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_why text       NOT NULL DEFAULT '',
    mac          bytea       NOT NULL
);
CREATE UNIQUE INDEX exam_credit_once ON exam_credit (sitting, candidate, subject) WHERE withdrawn_at IS NULL;
CREATE INDEX exam_credit_person ON exam_credit (idno_blind, category);

-- +goose Down
DROP TABLE exam_credit;
