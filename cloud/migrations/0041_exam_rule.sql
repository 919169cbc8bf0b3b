-- Paper rules (M56): data with versions. A version that a sitting uses is
-- never changed, only succeeded.

-- +goose Up
CREATE TABLE exam_rule (
    id         text        NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    name       text        NOT NULL,
    category   text        NOT NULL,
    subject    text        NOT NULL,
    body       jsonb       NOT NULL,
    retired    boolean     NOT NULL DEFAULT false,
    saved_by   text        NOT NULL,
    saved_name text        NOT NULL,
    saved_at   timestamptz NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX exam_rule_category ON exam_rule (category, subject);

-- +goose Down
DROP TABLE exam_rule;
