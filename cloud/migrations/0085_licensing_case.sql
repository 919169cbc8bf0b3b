-- A case: one application of one person for one matter (chapter 3 of the domain
-- reference). What identifies the applicant and what they filled in is sealed;
-- what happened is only ever added to, each line chained to the one before.

-- +goose Up
CREATE TABLE licensing_case (
    id             text PRIMARY KEY,
    apply_no       text        NOT NULL UNIQUE,
    accept_no      text        NOT NULL DEFAULT '',
    -- the definition that the case began with
    matter         text        NOT NULL,
    matter_version integer     NOT NULL,
    action         text        NOT NULL,
    trade          text        NOT NULL,
    channel        text        NOT NULL,
    person         text        NOT NULL REFERENCES practitioner (id),
    licence        text        REFERENCES practitioner_licence (id),
    categories     text[]      NOT NULL,
    form           bytea       NOT NULL,
    state          text        NOT NULL,
    version        integer     NOT NULL DEFAULT 1,
    applied_on     date,
    accepted_on    date,
    decided_on     date,
    completed_at   timestamptz,
    -- who accepted, reviewed (twice where the law or a list wants it) and decided
    clerk          text        NOT NULL DEFAULT '',
    reviewer       text        NOT NULL DEFAULT '',
    cosigner       text        NOT NULL DEFAULT '',
    approver       text        NOT NULL DEFAULT '',
    -- who has it on the desk; empty: whoever of the step takes it
    holder         text        NOT NULL DEFAULT '',
    strict         boolean     NOT NULL DEFAULT false,
    revoked        boolean     NOT NULL DEFAULT false,
    corrected      boolean     NOT NULL DEFAULT false,
    extended       boolean     NOT NULL DEFAULT false,
    -- the running clock that is due first, for work queues
    due            date,
    due_clock      text        NOT NULL DEFAULT '',
    created_by     text        NOT NULL,
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    mac            bytea       NOT NULL
);
CREATE UNIQUE INDEX licensing_case_accept_no ON licensing_case (accept_no) WHERE accept_no <> '';
CREATE INDEX licensing_case_person ON licensing_case (person, created_at DESC);
CREATE INDEX licensing_case_newest ON licensing_case (created_at DESC, id DESC);
-- the work queue looks only at what is not finished
CREATE INDEX licensing_case_open ON licensing_case (state, due, id) WHERE state NOT IN ('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED');
CREATE INDEX licensing_case_due ON licensing_case (due, id) WHERE due IS NOT NULL;
CREATE INDEX licensing_case_holder ON licensing_case (holder, state) WHERE holder <> '';

CREATE TABLE licensing_clock (
    case_id text    NOT NULL REFERENCES licensing_case (id),
    seq     integer NOT NULL,
    clock   text    NOT NULL CHECK (clock IN ('C1', 'C2', 'C3', 'C4', 'C5')),
    begun   date    NOT NULL,
    days    integer NOT NULL,
    used    integer NOT NULL,
    since   date,
    ended   boolean NOT NULL,
    due     date,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE licensing_event (
    case_id    text        NOT NULL REFERENCES licensing_case (id),
    seq        integer     NOT NULL,
    -- the caller's: a repeated one is answered with what it did
    event_id   text        NOT NULL,
    event      text        NOT NULL,
    from_state text        NOT NULL,
    to_state   text        NOT NULL,
    at         timestamptz NOT NULL,
    by_id      text        NOT NULL,
    by_name    text        NOT NULL,
    text       text        NOT NULL DEFAULT '',
    mac        bytea       NOT NULL,
    PRIMARY KEY (case_id, seq),
    UNIQUE (case_id, event_id)
);
-- +goose StatementBegin
CREATE FUNCTION licensing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to a case is append-only' USING ERRCODE = '42501';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER licensing_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON licensing_event
    FOR EACH STATEMENT EXECUTE FUNCTION licensing_append_only();

-- The newest revision of a material counts; older ones stay.
CREATE TABLE licensing_material (
    case_id  text        NOT NULL REFERENCES licensing_case (id),
    code     text        NOT NULL,
    revision integer     NOT NULL,
    form     text        NOT NULL,
    name     text        NOT NULL,
    kind     text        NOT NULL DEFAULT '',
    size     bigint      NOT NULL DEFAULT 0,
    -- of the sealed file; empty when the paper itself was handed in or the system has it
    blob     bytea,
    source   text        NOT NULL,
    by_id    text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (case_id, code, revision)
);

-- What a supplement notice asks for: everything at once.
CREATE TABLE licensing_defect (
    case_id text    NOT NULL REFERENCES licensing_case (id),
    seq     integer NOT NULL,
    part    text    NOT NULL CHECK (part IN ('FIELD', 'MATERIAL')),
    key     text    NOT NULL,
    name    text    NOT NULL,
    reason  text    NOT NULL,
    how_to  text    NOT NULL,
    solved  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (case_id, seq)
);

-- Every check that was made, with where its answer came from.
CREATE TABLE licensing_check (
    case_id text        NOT NULL REFERENCES licensing_case (id),
    round   integer     NOT NULL,
    code    text        NOT NULL,
    result  text        NOT NULL CHECK (result IN ('PASS', 'FAIL', 'UNKNOWN', 'CONFIRMED')),
    reason  text        NOT NULL DEFAULT '',
    guide   text        NOT NULL DEFAULT '',
    source  text        NOT NULL,
    at      timestamptz NOT NULL,
    by_id   text        NOT NULL,
    PRIMARY KEY (case_id, round, code)
);

-- Running numbers by day and kind, taken in the transaction that uses them.
CREATE TABLE licensing_number (
    series text PRIMARY KEY,
    last   integer NOT NULL
);

-- +goose Down
DROP TABLE licensing_number;
DROP TABLE licensing_check;
DROP TABLE licensing_defect;
DROP TABLE licensing_material;
DROP TABLE licensing_event;
DROP FUNCTION licensing_append_only();
DROP TABLE licensing_clock;
DROP TABLE licensing_case;
