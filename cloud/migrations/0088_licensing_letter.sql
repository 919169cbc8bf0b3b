-- Legal documents of licensing (M39–M41), with their numbers, their signed PDF,
-- and which of them were voided. A letter's row is never changed or removed; a
-- void is a row beside it.

-- +goose Up
-- The last number of each register. Its row is locked until the letter's
-- transaction ends, so numbers have no gap.
CREATE TABLE licensing_letter_register (
    agency text    NOT NULL,
    word   text    NOT NULL,
    year   integer NOT NULL CHECK (year BETWEEN 2000 AND 9999),
    last   integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (agency, word, year)
);

CREATE TABLE licensing_letter (
    id         text PRIMARY KEY,
    agency     text        NOT NULL,
    kind       text        NOT NULL,
    word       text        NOT NULL,
    year       integer     NOT NULL,
    -- 0: a slip, which has no number
    serial     integer     NOT NULL CHECK (serial >= 0),
    number     text        NOT NULL,
    trade      text        NOT NULL,
    template   integer     NOT NULL,
    case_id    text        NOT NULL,
    apply_no   text        NOT NULL,
    applicant  text        NOT NULL,
    idno_mask  text        NOT NULL,
    issued_on  date        NOT NULL,
    issued_at  timestamptz NOT NULL,
    issued_by  text        NOT NULL,
    demo       boolean     NOT NULL,
    lost       text        NOT NULL,
    pages      integer     NOT NULL,
    -- of the code by which the public asks; the code itself is on the paper only
    code_blind bytea       NOT NULL UNIQUE,
    -- what the letter says, sealed
    facts      bytea       NOT NULL,
    -- of the PDF, and the SM2 signature over it
    digest     bytea       NOT NULL,
    signature  bytea       NOT NULL,
    mac        bytea       NOT NULL,
    CHECK ((serial = 0) = (number = ''))
);
CREATE UNIQUE INDEX licensing_letter_serial ON licensing_letter (agency, word, year, serial) WHERE serial > 0;
CREATE UNIQUE INDEX licensing_letter_number ON licensing_letter (number) WHERE number <> '';
CREATE INDEX licensing_letter_case ON licensing_letter (case_id);
CREATE INDEX licensing_letter_apply ON licensing_letter (apply_no);
CREATE INDEX licensing_letter_newest ON licensing_letter (issued_at DESC, id);

-- The PDF, sealed. Beside the row, so that lists do not carry it; in the
-- database, so that it stands and falls with the letter's transaction.
CREATE TABLE licensing_letter_file (
    letter text PRIMARY KEY REFERENCES licensing_letter (id),
    pdf    bytea NOT NULL
);

CREATE TABLE licensing_letter_void (
    letter    text PRIMARY KEY REFERENCES licensing_letter (id),
    voided_at timestamptz NOT NULL,
    voided_by text        NOT NULL,
    why       text        NOT NULL,
    mac       bytea       NOT NULL
);

-- +goose Down
DROP TABLE licensing_letter_void;
DROP TABLE licensing_letter_file;
DROP TABLE licensing_letter;
DROP TABLE licensing_letter_register;
