-- What the city's data platform is asked about an applicant (checks E03–E07, E14,
-- E20, E21, E23, E25): a row for each question to each service, written in the
-- transaction that causes it and asked by a worker until it is answered.

-- +goose Up
CREATE TABLE licensing_query (
    id          text PRIMARY KEY,
    case_id     text        NOT NULL REFERENCES licensing_case (id),
    service     text        NOT NULL,
    round       integer     NOT NULL,
    -- whom else it was about than the applicant: the company, or the categories
    -- that say what is asked; an answer about another does not count
    about       text        NOT NULL DEFAULT '',
    state       text        NOT NULL CHECK (state IN ('WAITING', 'ANSWERED', 'REFUSED', 'IGNORED')),
    asked_at    timestamptz NOT NULL,
    asked_by    text        NOT NULL,
    -- when the next try may begin; whoever takes the row moves it on, so that a
    -- worker that died leaves it to the next
    due_at      timestamptz NOT NULL,
    tries       integer     NOT NULL DEFAULT 0,
    -- in our own words, never the other side's
    last_error  text        NOT NULL DEFAULT '',
    answered_at timestamptz,
    source      text        NOT NULL DEFAULT '',
    -- what was answered, sealed, and the SM3 of the answer as it came
    answer      bytea,
    digest      bytea,
    mac         bytea,
    UNIQUE (case_id, service, round)
);
CREATE UNIQUE INDEX licensing_query_one ON licensing_query (case_id, service) WHERE state = 'WAITING';
CREATE INDEX licensing_query_due ON licensing_query (due_at, id) WHERE state = 'WAITING';

-- The SM3 of the answers that a check was made from, 32 bytes each.
ALTER TABLE licensing_check ADD COLUMN raw bytea;

-- +goose Down
ALTER TABLE licensing_check DROP COLUMN raw;
DROP TABLE licensing_query;
