-- Question bank (M55). Content and answers are sealed; the plain columns are
-- those that search, quotas and counts need.

-- +goose Up
CREATE TABLE exam_batch (
    id            text PRIMARY KEY,
    file_name     text        NOT NULL,
    file_digest   bytea       NOT NULL,
    questions     integer     NOT NULL CHECK (questions >= 0),
    pictures      integer     NOT NULL CHECK (pictures >= 0),
    state         text        NOT NULL CHECK (state IN ('REVIEW', 'ON', 'REJECTED')),
    imported_by   text        NOT NULL,
    imported_name text        NOT NULL,
    imported_at   timestamptz NOT NULL,
    reviewed_by   text,
    reviewed_name text,
    reviewed_at   timestamptz,
    note          text        NOT NULL DEFAULT '',
    -- the second pair of eyes is another person's
    CHECK (reviewed_by IS NULL OR reviewed_by <> imported_by)
);
CREATE INDEX exam_batch_imported_at ON exam_batch (imported_at DESC, id);

CREATE TABLE exam_question (
    id          text PRIMARY KEY,
    number      bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    version     integer     NOT NULL CHECK (version > 0),
    batch       text        NOT NULL REFERENCES exam_batch (id),
    industry    text        NOT NULL,
    categories  text[]      NOT NULL,
    subject     text        NOT NULL,
    chapter     text        NOT NULL,
    difficulty  smallint    NOT NULL CHECK (difficulty BETWEEN 1 AND 5),
    type        text        NOT NULL CHECK (type IN ('TF', 'SINGLE', 'MULTI', 'CASE')),
    subs        smallint    NOT NULL DEFAULT 0,
    status      text        NOT NULL CHECK (status IN ('DRAFT', 'REVIEW', 'ON', 'OFF')),
    stem_blind  bytea       NOT NULL,
    content     bytea       NOT NULL,
    media       bytea[]     NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL,
    status_at   timestamptz NOT NULL,
    status_by   text        NOT NULL
);
-- a withdrawn question may be imported again in a better wording of its answer
CREATE UNIQUE INDEX exam_question_stem ON exam_question (stem_blind) WHERE status <> 'OFF';
CREATE INDEX exam_question_find ON exam_question (status, subject, type, chapter, difficulty);
CREATE INDEX exam_question_category ON exam_question USING gin (categories);
CREATE INDEX exam_question_batch ON exam_question (batch);

-- A picture is named by the digest of its plain bytes, which papers and venues
-- use; the blob store holds sealed bytes under another digest.
CREATE TABLE exam_media (
    digest bytea PRIMARY KEY,
    blob   bytea       NOT NULL,
    type   text        NOT NULL,
    width  integer     NOT NULL,
    height integer     NOT NULL,
    size   bigint      NOT NULL,
    at     timestamptz NOT NULL
);

-- Error workbooks repeat what was uploaded, so they are sealed, private to the
-- person who uploaded, and short-lived.
CREATE TABLE exam_import_error (
    id    text PRIMARY KEY,
    kind  text        NOT NULL,
    owner text        NOT NULL,
    body  bytea       NOT NULL,
    at    timestamptz NOT NULL
);
CREATE INDEX exam_import_error_at ON exam_import_error (at);

-- +goose Down
DROP TABLE exam_import_error;
DROP TABLE exam_media;
DROP TABLE exam_question;
DROP TABLE exam_batch;
