-- A question that turns out to be faulty is annulled for everybody in a sitting
-- (the latest row of a question counts), and a candidate's result is looked at
-- again on request, by another person than who took the request.

-- +goose Up
CREATE TABLE exam_annulment (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sitting  text        NOT NULL REFERENCES exam_sitting (id),
    question text        NOT NULL,
    annulled boolean     NOT NULL,
    reason   text        NOT NULL,
    who      text        NOT NULL,
    who_name text        NOT NULL,
    at       timestamptz NOT NULL,
    mac      bytea       NOT NULL
);
CREATE INDEX exam_annulment_of ON exam_annulment (sitting, question, id DESC);

CREATE TABLE exam_score_review (
    id         text        PRIMARY KEY,
    sitting    text        NOT NULL REFERENCES exam_sitting (id),
    attempt    text        NOT NULL,
    statement  text        NOT NULL,
    opened_by  text        NOT NULL,
    opened_name text       NOT NULL,
    opened_at  timestamptz NOT NULL,
    outcome    text        NOT NULL DEFAULT '' CHECK (outcome IN ('', 'MAINTAINED', 'CORRECT')),
    reply      text        NOT NULL DEFAULT '',
    closed_by  text,
    closed_name text       NOT NULL DEFAULT '',
    closed_at  timestamptz,
    CHECK (closed_by IS NULL OR closed_by <> opened_by)
);
CREATE UNIQUE INDEX exam_score_review_open ON exam_score_review (sitting, attempt) WHERE outcome = '';

-- +goose Down
DROP TABLE exam_score_review;
DROP TABLE exam_annulment;
