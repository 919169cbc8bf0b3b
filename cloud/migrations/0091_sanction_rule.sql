-- Versions of what being on a list means, and of bans (M47). One is proposed by
-- one person and decided by another; version 0 is the program's own.

-- +goose Up
CREATE TABLE sanction_rule (
    version     int PRIMARY KEY,
    state       text        NOT NULL CHECK (state IN ('PROPOSED', 'ACTIVE', 'RETIRED', 'REFUSED')),
    base        int         NOT NULL,
    note        text        NOT NULL,
    body        jsonb       NOT NULL,
    proposed_by text        NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by  text        NOT NULL DEFAULT '',
    decided_at  timestamptz,
    answer      text        NOT NULL DEFAULT '',
    mac         bytea       NOT NULL,
    CHECK (decided_by = '' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX sanction_rule_active ON sanction_rule (state) WHERE state = 'ACTIVE';
CREATE UNIQUE INDEX sanction_rule_open ON sanction_rule (state) WHERE state = 'PROPOSED';

-- +goose Down
DROP TABLE sanction_rule;
