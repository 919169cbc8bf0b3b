-- +goose Up
-- What has become of a public hearing (行政许可法 §47, §48): told of the right, asked for
-- or given up, given a day. One open row for each case, under a row MAC.
CREATE TABLE licensing_hearing (
    case_id    text        NOT NULL REFERENCES licensing_case (id),
    seq        integer     NOT NULL,
    told_on    date        NOT NULL,
    asked_on   date,
    dropped_on date,
    at         timestamptz,
    place      text        NOT NULL DEFAULT '',
    ended      boolean     NOT NULL DEFAULT false,
    mac        bytea       NOT NULL,
    PRIMARY KEY (case_id, seq)
);
CREATE UNIQUE INDEX licensing_hearing_open ON licensing_hearing (case_id) WHERE NOT ended;

-- +goose Down
DROP TABLE licensing_hearing;
