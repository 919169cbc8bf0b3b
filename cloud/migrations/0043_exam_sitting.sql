-- Sittings, their candidates, the review of opening requests (M58) and the
-- sealed packages (M60).

-- +goose Up
CREATE TABLE exam_sitting (
    id           text PRIMARY KEY,
    number       text        NOT NULL UNIQUE,
    title        text        NOT NULL,
    venue        text        NOT NULL REFERENCES exam_venue (id),
    room         text        NOT NULL,
    category     text        NOT NULL,
    subject      text        NOT NULL,
    rule         text        NOT NULL,
    rule_version integer     NOT NULL,
    starts_at    timestamptz NOT NULL,
    minutes      integer     NOT NULL CHECK (minutes > 0),
    state        text        NOT NULL,
    -- where a suspended sitting goes back to
    before       text        NOT NULL DEFAULT '',
    reason       text        NOT NULL DEFAULT '',
    -- version of the assignment order; a higher one replaces a lower one
    assignment   integer     NOT NULL DEFAULT 0,
    created_by   text        NOT NULL,
    created_at   timestamptz NOT NULL,
    state_at     timestamptz NOT NULL,
    FOREIGN KEY (rule, rule_version) REFERENCES exam_rule (id, version),
    FOREIGN KEY (venue, room) REFERENCES exam_room (venue, name)
);
CREATE INDEX exam_sitting_starts_at ON exam_sitting (starts_at DESC, id);
CREATE INDEX exam_sitting_venue ON exam_sitting (venue, starts_at DESC);
CREATE INDEX exam_sitting_rule ON exam_sitting (rule, rule_version);

CREATE TABLE exam_candidate (
    id          text PRIMARY KEY,
    sitting     text     NOT NULL REFERENCES exam_sitting (id),
    seq         integer  NOT NULL,
    admission   text     NOT NULL UNIQUE,
    name        text     NOT NULL,
    idno        bytea    NOT NULL,
    idno_blind  bytea    NOT NULL,
    idno_mask   text     NOT NULL,
    mobile      bytea,
    mobile_mask text     NOT NULL DEFAULT '',
    category    text     NOT NULL,
    photo       bytea,
    photo_blob  bytea,
    photo_type  text     NOT NULL DEFAULT '',
    consent     boolean  NOT NULL,
    seat        text     NOT NULL DEFAULT '',
    UNIQUE (sitting, seq),
    UNIQUE (sitting, idno_blind)
);
CREATE UNIQUE INDEX exam_candidate_seat ON exam_candidate (sitting, seat) WHERE seat <> '';
CREATE INDEX exam_candidate_idno ON exam_candidate (idno_blind);

CREATE TABLE exam_opening (
    id           text PRIMARY KEY,
    sitting      text        NOT NULL REFERENCES exam_sitting (id),
    state        text        NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'RETURNED')),
    node         text        NOT NULL,
    asked_by     text        NOT NULL,
    asked_at     timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    proctors     text[]      NOT NULL,
    note         text        NOT NULL DEFAULT '',
    checks       jsonb       NOT NULL,
    decided_by   text,
    decided_name text        NOT NULL DEFAULT '',
    decided_at   timestamptz,
    reason       text        NOT NULL DEFAULT '',
    condition    text        NOT NULL DEFAULT '',
    mac          bytea
);
CREATE INDEX exam_opening_state ON exam_opening (state, received_at DESC);
CREATE INDEX exam_opening_sitting ON exam_opening (sitting, received_at DESC);
CREATE UNIQUE INDEX exam_opening_pending ON exam_opening (sitting) WHERE state = 'PENDING';

-- The range is kept sealed as it was sent, so that papers can be generated
-- again whatever happens to the bank. Secrets: the content key's cloud half and
-- the seed of the sitting, each sealed.
CREATE TABLE exam_package (
    sitting     text        NOT NULL REFERENCES exam_sitting (id),
    version     integer     NOT NULL CHECK (version > 0),
    node        text        NOT NULL,
    pack        text        NOT NULL UNIQUE,
    size        bigint      NOT NULL,
    range       text        NOT NULL,
    questions   integer     NOT NULL,
    content     bytea       NOT NULL,
    secret      bytea       NOT NULL,
    half        bytea       NOT NULL,
    built_at    timestamptz NOT NULL,
    built_by    text        NOT NULL,
    received_at timestamptz,
    released_at timestamptz,
    opened_at   timestamptz,
    PRIMARY KEY (sitting, version)
);

-- Every step of a sitting between centre and venue, as the console shows it.
CREATE TABLE exam_receipt (
    sitting text        NOT NULL REFERENCES exam_sitting (id),
    kind    text        NOT NULL,
    ref     text        NOT NULL,
    ok      boolean     NOT NULL,
    text    text        NOT NULL,
    detail  jsonb       NOT NULL DEFAULT '{}',
    who     text        NOT NULL DEFAULT '',
    -- when it happened by the clock of whoever did it, and when we learned of it
    at      timestamptz NOT NULL,
    noted   timestamptz NOT NULL,
    PRIMARY KEY (sitting, kind, ref)
);
CREATE INDEX exam_receipt_noted ON exam_receipt (sitting, noted);

-- +goose Down
DROP TABLE exam_receipt;
DROP TABLE exam_package;
DROP TABLE exam_opening;
DROP TABLE exam_candidate;
DROP TABLE exam_sitting;
