-- Rescoring: one round a sitting (run again until confirmed), one row an
-- attempt, each with a MAC so that a changed score shows.

-- +goose Up
CREATE TABLE exam_score_round (
    sitting        text PRIMARY KEY REFERENCES exam_sitting (id),
    run_at         timestamptz NOT NULL,
    run_by         text        NOT NULL,
    attempts       integer     NOT NULL,
    differences    integer     NOT NULL,
    comparison     jsonb       NOT NULL,
    confirmed_by   text,
    confirmed_name text        NOT NULL DEFAULT '',
    confirmed_at   timestamptz,
    waiver         text        NOT NULL DEFAULT '',
    published_by   text,
    published_name text        NOT NULL DEFAULT '',
    published_at   timestamptz,
    mac            bytea       NOT NULL,
    -- the second person is another person
    CHECK (published_by IS NULL OR published_by <> confirmed_by)
);

CREATE TABLE exam_score (
    sitting       text    NOT NULL REFERENCES exam_sitting (id),
    attempt       text    NOT NULL,
    candidate     text    NOT NULL,
    edge          bigint,
    score         bigint NOT NULL,
    full_marks    integer NOT NULL,
    pass_mark     integer NOT NULL,
    passed        boolean NOT NULL,
    answered      integer NOT NULL,
    paper_ok      boolean NOT NULL,
    answers_ok    boolean NOT NULL,
    score_ok      boolean NOT NULL,
    voided        text    NOT NULL DEFAULT '',
    difference    text    NOT NULL DEFAULT '',
    items         jsonb   NOT NULL,
    mac           bytea   NOT NULL,
    PRIMARY KEY (sitting, attempt)
);
CREATE INDEX exam_score_candidate ON exam_score (sitting, candidate);

-- +goose Down
DROP TABLE exam_score;
DROP TABLE exam_score_round;
