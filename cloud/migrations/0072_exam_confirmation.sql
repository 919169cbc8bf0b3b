-- Candidates of each kind of training are confirmed before they are seated, and
-- a registration is good for one exam and one make-up (M64).

-- +goose Up
CREATE TABLE exam_confirmation (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sitting text        NOT NULL REFERENCES exam_sitting (id),
    kind    text        NOT NULL CHECK (kind IN ('NEW', 'RETRAIN')),
    people  integer     NOT NULL CHECK (people > 0),
    -- SM3 of the candidates and their photographs: who was confirmed
    roll    bytea       NOT NULL,
    -- on what, for those who do not come from a finished class
    basis   text        NOT NULL DEFAULT '',
    by      text        NOT NULL,
    by_name text        NOT NULL,
    at      timestamptz NOT NULL,
    mac     bytea       NOT NULL
);
CREATE INDEX exam_confirmation_sitting ON exam_confirmation (sitting, kind, id DESC);

ALTER TABLE exam_candidate
    -- 1: the exam of a registration, 2: its make-up
    ADD COLUMN turn    integer NOT NULL DEFAULT 1 CHECK (turn IN (1, 2)),
    ADD COLUMN renewed boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE exam_candidate DROP COLUMN turn, DROP COLUMN renewed;
DROP TABLE exam_confirmation;
