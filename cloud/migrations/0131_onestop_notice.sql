-- +goose Up
-- What persons are told beside their applications: revocations, lifts, cancellations
-- (13.4). Written in the transaction that it tells of, sent by a job.
CREATE TABLE onestop_notice (
    id         text        PRIMARY KEY,
    person     text        NOT NULL REFERENCES practitioner (id),
    title      text        NOT NULL,
    text       text        NOT NULL,
    at         timestamptz NOT NULL,
    state      text        NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'SENT', 'REFUSED')),
    receipt    text        NOT NULL DEFAULT '',
    last_error text        NOT NULL DEFAULT '',
    sent_at    timestamptz
);
CREATE INDEX onestop_notice_waiting ON onestop_notice (person) WHERE state = 'WAITING';

-- +goose Down
DROP TABLE onestop_notice;
