-- What the venues' outage rehearsals came to, as each venue's edge reported it.
-- A rehearsal is no sitting: nothing refers to it.

-- +goose Up
CREATE TABLE exam_rehearsal (
    id          text        PRIMARY KEY,
    venue       text        NOT NULL REFERENCES exam_venue (id),
    node        text        NOT NULL,
    who         text        NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    terminals   integer     NOT NULL,
    passed      boolean     NOT NULL,
    aborted     text        NOT NULL,
    version     text        NOT NULL,
    steps       jsonb       NOT NULL
);
CREATE INDEX exam_rehearsal_of ON exam_rehearsal (venue, ended_at DESC);

-- +goose Down
DROP TABLE exam_rehearsal;
