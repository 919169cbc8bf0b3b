-- Sub-venues (M57): base data, rooms with their seats, and whether they are
-- open at all. What a venue is doing at the moment follows from its sittings.

-- +goose Up
CREATE TABLE exam_venue (
    id            text PRIMARY KEY,
    code          text        NOT NULL UNIQUE,
    name          text        NOT NULL UNIQUE,
    district      text        NOT NULL,
    address       text        NOT NULL,
    contact       text        NOT NULL DEFAULT '',
    mobile        bytea,
    mobile_mask   text        NOT NULL DEFAULT '',
    state         text        NOT NULL CHECK (state IN ('READY', 'SUSPENDED', 'DISABLED')),
    reason        text        NOT NULL DEFAULT '',
    revision      integer     NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL
);

CREATE TABLE exam_room (
    venue text    NOT NULL REFERENCES exam_venue (id),
    name  text    NOT NULL,
    seats text[]  NOT NULL CHECK (cardinality(seats) BETWEEN 1 AND 500),
    PRIMARY KEY (venue, name)
);

-- +goose Down
DROP TABLE exam_room;
DROP TABLE exam_venue;
