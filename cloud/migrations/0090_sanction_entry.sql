-- The list of serious dishonesty as the credit system reports it (M46), and what
-- was received. ID numbers are not kept: only their index and mask.

-- +goose Up
-- One row a sender: locked while something of theirs is taken in, so that what
-- arrives twice at once has one effect.
CREATE TABLE sanction_sender (
    sender text   PRIMARY KEY,
    newest bigint NOT NULL DEFAULT 0
);

CREATE TABLE sanction_inbox (
    sender      text        NOT NULL REFERENCES sanction_sender (sender),
    number      text        NOT NULL, -- batch number or message number
    digest      text        NOT NULL,
    answer      jsonb       NOT NULL,
    received    int         NOT NULL DEFAULT 0,
    applied     int         NOT NULL DEFAULT 0,
    stale       int         NOT NULL DEFAULT 0,
    made_at     timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    repeats     int         NOT NULL DEFAULT 0,
    PRIMARY KEY (sender, number)
);
CREATE INDEX sanction_inbox_at ON sanction_inbox (received_at);

CREATE TABLE sanction_entry (
    id          text PRIMARY KEY,
    idno_blind  bytea       NOT NULL,
    idno_mask   text        NOT NULL,
    list        text        NOT NULL,
    reason      text        NOT NULL,
    decision_no text        NOT NULL,
    org         text        NOT NULL,
    listed_at   date        NOT NULL,
    expire_at   date,
    status      text        NOT NULL CHECK (status IN ('ON', 'OFF', 'DELETED')),
    repair      text        NOT NULL CHECK (repair IN ('NONE', 'APPLIED', 'REPAIRED', 'REFUSED', 'ANNULLED')),
    objected    boolean     NOT NULL DEFAULT false,
    batch       bigint      NOT NULL,
    sender      text        NOT NULL,
    changed_at  timestamptz NOT NULL,
    mac         bytea       NOT NULL
);
CREATE UNIQUE INDEX sanction_entry_once ON sanction_entry (list, decision_no, idno_blind);
CREATE INDEX sanction_entry_person ON sanction_entry (idno_blind);
CREATE INDEX sanction_entry_changed ON sanction_entry (changed_at);

CREATE TABLE sanction_entry_past (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry text        NOT NULL REFERENCES sanction_entry (id),
    at    timestamptz NOT NULL,
    kind  text        NOT NULL,
    text  text        NOT NULL,
    batch bigint      NOT NULL DEFAULT 0,
    by    text        NOT NULL DEFAULT ''
);
CREATE INDEX sanction_entry_past_entry ON sanction_entry_past (entry);

-- +goose Down
DROP TABLE sanction_entry_past, sanction_entry, sanction_inbox, sanction_sender;
