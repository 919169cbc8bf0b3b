-- Who is registered for an exam by a decided application (EX01, EX02): what is to be
-- paid and was paid, and the places that they have had in sittings. A candidate who
-- is taken out of a sitting, or whose sitting is cancelled, waits again.

-- +goose Up
CREATE TABLE exam_enrolment (
    id         text PRIMARY KEY,
    -- the case, by its id and by its number
    ref        text        NOT NULL UNIQUE,
    apply_no   text        NOT NULL,
    person     text        NOT NULL REFERENCES practitioner (id),
    name       text        NOT NULL,
    idno_blind bytea       NOT NULL,
    idno_mask  text        NOT NULL,
    category   text        NOT NULL,
    part       text        NOT NULL CHECK (part IN ('THEORY', 'PRACTICE', 'BOTH')),
    -- the subjects with a paper that it is for
    subjects   text[]      NOT NULL CHECK (cardinality(subjects) > 0),
    again      boolean     NOT NULL,
    consent    boolean     NOT NULL,
    fen        bigint      NOT NULL CHECK (fen > 0),
    arrange_by date        NOT NULL,
    opened_at  timestamptz NOT NULL,
    notice_no  text        NOT NULL DEFAULT '',
    paid_on    date,
    paid_by    text        NOT NULL DEFAULT '',
    paid_name  text        NOT NULL DEFAULT '',
    paid_at    timestamptz,
    ended_at   timestamptz,
    why        text        NOT NULL DEFAULT '',
    version    integer     NOT NULL,
    mac        bytea       NOT NULL
);
CREATE UNIQUE INDEX exam_enrolment_notice ON exam_enrolment (notice_no) WHERE notice_no <> '';
CREATE INDEX exam_enrolment_idno ON exam_enrolment (idno_blind);
CREATE INDEX exam_enrolment_opened ON exam_enrolment (opened_at DESC, id);

CREATE TABLE exam_enrolment_place (
    enrolment text        NOT NULL REFERENCES exam_enrolment (id),
    sitting   text        NOT NULL REFERENCES exam_sitting (id),
    candidate text        NOT NULL PRIMARY KEY REFERENCES exam_candidate (id) ON DELETE CASCADE,
    at        timestamptz NOT NULL,
    by        text        NOT NULL,
    UNIQUE (enrolment, sitting)
);

-- +goose Down
DROP TABLE exam_enrolment_place;
DROP TABLE exam_enrolment;
