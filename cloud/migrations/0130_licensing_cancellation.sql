-- +goose Up
-- Certificates that ought to be cancelled though nobody asked (1.5, 13.4): filled by
-- the night, decided by two persons. One open row for each certificate.
CREATE TABLE licensing_cancellation (
    id           text        PRIMARY KEY,
    number       text        NOT NULL UNIQUE,
    licence      text        NOT NULL REFERENCES practitioner_licence (id),
    causes       text[]      NOT NULL,
    state        text        NOT NULL CHECK (state IN ('LISTED', 'PROPOSED', 'KEPT', 'CANCELLED', 'GONE')),
    listed_on    date        NOT NULL,
    why          text        NOT NULL DEFAULT '',
    proposer     text        NOT NULL DEFAULT '',
    proposer_by  text        NOT NULL DEFAULT '',
    proposed_at  timestamptz,
    note         text        NOT NULL DEFAULT '',
    decider      text        NOT NULL DEFAULT '',
    decider_by   text        NOT NULL DEFAULT '',
    decided_at   timestamptz,
    letter       text        NOT NULL DEFAULT '',
    letter_no    text        NOT NULL DEFAULT '',
    delivered_at timestamptz,
    version      int         NOT NULL,
    mac          bytea       NOT NULL
);
CREATE UNIQUE INDEX licensing_cancellation_open ON licensing_cancellation (licence) WHERE state IN ('LISTED', 'PROPOSED', 'KEPT');
CREATE INDEX licensing_cancellation_state ON licensing_cancellation (state, listed_on DESC, id DESC);
CREATE INDEX licensing_cancellation_listed ON licensing_cancellation (listed_on DESC, id DESC);
CREATE TABLE licensing_cancellation_number (year int PRIMARY KEY, last int NOT NULL);

-- +goose Down
DROP TABLE licensing_cancellation_number;
DROP TABLE licensing_cancellation;
