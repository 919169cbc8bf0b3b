-- Codes that open a package at a venue without network (M60): each sealed, each
-- let out to one person.

-- +goose Up
CREATE TABLE exam_unlock (
    sitting  text        NOT NULL,
    version  integer     NOT NULL,
    no       integer     NOT NULL CHECK (no BETWEEN 1 AND 9),
    need     integer     NOT NULL CHECK (need BETWEEN 2 AND 9),
    code     bytea       NOT NULL,
    taken_by text, -- the account
    taken_as text        NOT NULL DEFAULT '', -- the person's name then
    taken_at timestamptz,
    PRIMARY KEY (sitting, version, no),
    UNIQUE (sitting, version, taken_by),
    FOREIGN KEY (sitting, version) REFERENCES exam_package (sitting, version)
);

ALTER TABLE exam_package ADD COLUMN withdrawn_at timestamptz;

-- +goose Down
ALTER TABLE exam_package DROP COLUMN withdrawn_at;
DROP TABLE exam_unlock;
