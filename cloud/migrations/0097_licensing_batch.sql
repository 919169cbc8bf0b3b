-- Companies apply for many of their people at once (M42–M44): a roster becomes
-- cases. Until a line has its case, what it says lies here sealed; afterwards
-- only who, what and which case.

-- +goose Up
CREATE TABLE licensing_batch (
    id           text PRIMARY KEY,
    number       text        NOT NULL UNIQUE,
    company      text        NOT NULL,
    company_code text        NOT NULL,
    contact      text        NOT NULL,
    phone        bytea       NOT NULL,
    phone_mask   text        NOT NULL,
    -- who sent it: a clerk on the company's behalf, or its own agent
    by_kind      text        NOT NULL,
    by_id        text        NOT NULL,
    by_name      text        NOT NULL,
    created_at   timestamptz NOT NULL,
    mac          bytea       NOT NULL
);
CREATE INDEX licensing_batch_newest ON licensing_batch (created_at DESC, id DESC);
CREATE INDEX licensing_batch_company ON licensing_batch (company_code, created_at DESC);

CREATE TABLE licensing_batch_row (
    batch      text    NOT NULL REFERENCES licensing_batch (id),
    no         integer NOT NULL,
    -- the batch's, for finding what is open already
    company_code text  NOT NULL,
    name       text    NOT NULL,
    idno_blind bytea   NOT NULL,
    idno_mask  text    NOT NULL,
    matter     text    NOT NULL,
    category   text    NOT NULL,
    -- what the line says, sealed; NULL once the case has it
    body       bytea,
    state      text    NOT NULL CHECK (state IN ('PENDING', 'OPENED', 'FAILED')),
    reason     text    NOT NULL DEFAULT '',
    tries      integer NOT NULL DEFAULT 0,
    case_id    text REFERENCES licensing_case (id),
    -- at collection: the certificate was short or wrong
    mark       text    NOT NULL DEFAULT '' CHECK (mark IN ('', 'TAKEN', 'SHORT', 'WRONG')),
    note       text    NOT NULL DEFAULT '',
    mac        bytea   NOT NULL,
    PRIMARY KEY (batch, no),
    CHECK ((state = 'OPENED') = (case_id IS NOT NULL)),
    CHECK (state <> 'PENDING' OR body IS NOT NULL)
);
CREATE UNIQUE INDEX licensing_batch_row_case ON licensing_batch_row (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX licensing_batch_row_pending ON licensing_batch_row (batch, no) WHERE state = 'PENDING';
CREATE INDEX licensing_batch_row_person ON licensing_batch_row (company_code, idno_blind);

-- Pictures and scans that came with a roster and wait for their case; sealed.
CREATE TABLE licensing_batch_file (
    batch text    NOT NULL,
    no    integer NOT NULL,
    code  text    NOT NULL,
    blob  bytea   NOT NULL,
    PRIMARY KEY (batch, no, code),
    FOREIGN KEY (batch, no) REFERENCES licensing_batch_row (batch, no)
);

-- The company fetched certificates: who, when, how many, against a signature.
CREATE TABLE licensing_batch_collection (
    id         text PRIMARY KEY,
    batch      text        NOT NULL REFERENCES licensing_batch (id),
    event_id   text        NOT NULL,
    collector  text        NOT NULL,
    phone      bytea       NOT NULL,
    phone_mask text        NOT NULL,
    signature  bytea       NOT NULL,
    taken      integer     NOT NULL,
    short      integer     NOT NULL,
    wrong      integer     NOT NULL,
    at         timestamptz NOT NULL,
    by_id      text        NOT NULL,
    by_name    text        NOT NULL,
    mac        bytea       NOT NULL,
    UNIQUE (batch, event_id)
);
CREATE INDEX licensing_batch_collection_batch ON licensing_batch_collection (batch, at);

-- +goose Down
DROP TABLE licensing_batch_collection;
DROP TABLE licensing_batch_file;
DROP TABLE licensing_batch_row;
DROP TABLE licensing_batch;
