-- +goose Up
-- Sessions of applicants who arrived from 一网通办. The token itself is in the
-- applicant's cookie only; what the platform said of them is sealed.
CREATE TABLE online_session (
    id         text        PRIMARY KEY,
    token_hash bytea       NOT NULL UNIQUE,
    csrf       text        NOT NULL,
    person     text        NOT NULL REFERENCES practitioner (id),
    kind       text        NOT NULL CHECK (kind IN ('PERSON', 'COMPANY')),
    level      integer     NOT NULL,
    account    bytea       NOT NULL,
    ip         text        NOT NULL,
    agent      text        NOT NULL,
    opened_at  timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX online_session_seen ON online_session (seen_at);

-- +goose Down
DROP TABLE online_session;
