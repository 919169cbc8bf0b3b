-- Questions written by hand and their versions (M55): a hand-written question is
-- a batch of one, so that it meets the same second pair of eyes. A version that
-- replaces another keeps its number. And who saw which question: the audit chain
-- proves it, this table makes it a list.

-- +goose Up
ALTER TABLE exam_batch ADD COLUMN kind text NOT NULL DEFAULT 'FILE' CHECK (kind IN ('FILE', 'HAND'));
-- numbers of rows and questions that are nearly alike, for the reviewer
ALTER TABLE exam_batch ADD COLUMN alike jsonb NOT NULL DEFAULT '[]';
ALTER TABLE exam_batch DROP CONSTRAINT exam_batch_state_check;
ALTER TABLE exam_batch ADD CONSTRAINT exam_batch_state_check CHECK (state IN ('DRAFT', 'REVIEW', 'ON', 'REJECTED'));

ALTER TABLE exam_question ADD COLUMN replaces text REFERENCES exam_question (id);
ALTER TABLE exam_question DROP CONSTRAINT exam_question_number_key;
ALTER TABLE exam_question ADD CONSTRAINT exam_question_number_version UNIQUE (number, version);
-- a draft may repeat what it is going to replace; two in use never ask the same
DROP INDEX exam_question_stem;
CREATE UNIQUE INDEX exam_question_stem ON exam_question (stem_blind)
    WHERE status = 'ON' OR status = 'REVIEW' AND replaces IS NULL;

CREATE TABLE exam_question_seen (
    question text        NOT NULL REFERENCES exam_question (id),
    who      text        NOT NULL,
    name     text        NOT NULL,
    how      text        NOT NULL CHECK (how IN ('SHOW', 'PREVIEW', 'EXPORT')),
    at       timestamptz NOT NULL
);
CREATE INDEX exam_question_seen_question ON exam_question_seen (question, at DESC);
CREATE INDEX exam_question_seen_at ON exam_question_seen (at DESC);

-- +goose Down
DROP TABLE exam_question_seen;
DROP INDEX exam_question_stem;
CREATE UNIQUE INDEX exam_question_stem ON exam_question (stem_blind) WHERE status <> 'OFF';
ALTER TABLE exam_question DROP CONSTRAINT exam_question_number_version;
ALTER TABLE exam_question ADD CONSTRAINT exam_question_number_key UNIQUE (number);
ALTER TABLE exam_question DROP COLUMN replaces;
ALTER TABLE exam_batch DROP CONSTRAINT exam_batch_state_check;
ALTER TABLE exam_batch ADD CONSTRAINT exam_batch_state_check CHECK (state IN ('REVIEW', 'ON', 'REJECTED'));
ALTER TABLE exam_batch DROP COLUMN alike;
ALTER TABLE exam_batch DROP COLUMN kind;
