-- Two files of one person: pairs that may be, why, and what two people decided.

-- +goose Up
CREATE TABLE practitioner_pair (
    id       text PRIMARY KEY,
    -- the older file first
    one      text        NOT NULL REFERENCES practitioner (id),
    other    text        NOT NULL REFERENCES practitioner (id),
    reasons  text[]      NOT NULL,
    state    text        NOT NULL CHECK (state IN ('OPEN', 'PROPOSED', 'DIFFERENT', 'MERGED')),
    found_at timestamptz NOT NULL,
    why      text        NOT NULL DEFAULT '',
    by_id    text        NOT NULL DEFAULT '',
    by_name  text        NOT NULL DEFAULT '',
    at       timestamptz,
    UNIQUE (one, other),
    CHECK (one <> other)
);
CREATE INDEX practitioner_pair_state ON practitioner_pair (state, found_at DESC);
CREATE INDEX practitioner_pair_other ON practitioner_pair (other);

CREATE TABLE practitioner_merge (
    id            text PRIMARY KEY,
    survivor      text        NOT NULL REFERENCES practitioner (id),
    loser         text        NOT NULL REFERENCES practitioner (id),
    why           text        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED', 'REFUSED')),
    proposed_by   text        NOT NULL,
    proposed_name text        NOT NULL,
    proposed_at   timestamptz NOT NULL,
    decided_by    text        NOT NULL DEFAULT '',
    decided_name  text        NOT NULL DEFAULT '',
    decided_at    timestamptz,
    decided_why   text        NOT NULL DEFAULT '',
    CHECK (survivor <> loser)
);
-- one file takes part in one proposal at a time
CREATE UNIQUE INDEX practitioner_merge_survivor ON practitioner_merge (survivor, loser) WHERE state = 'PROPOSED';
CREATE UNIQUE INDEX practitioner_merge_loser ON practitioner_merge (loser) WHERE state = 'PROPOSED';

-- +goose Down
DROP TABLE practitioner_merge;
DROP TABLE practitioner_pair;
