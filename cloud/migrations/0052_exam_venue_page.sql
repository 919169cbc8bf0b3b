-- What a venue's page shows beside its base data (M57): every switch of its
-- state with who and why, whom to call, and its equipment.

-- +goose Up
CREATE TABLE exam_venue_history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue      text        NOT NULL REFERENCES exam_venue (id),
    from_state text        NOT NULL,
    to_state   text        NOT NULL,
    reason     text        NOT NULL,
    -- sittings that lay ahead when it was done, so that nobody can say later
    -- that it was not known
    ahead      integer     NOT NULL,
    who        text        NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX exam_venue_history_venue ON exam_venue_history (venue, id DESC);

CREATE TABLE exam_venue_contact (
    id          text PRIMARY KEY,
    venue       text NOT NULL REFERENCES exam_venue (id),
    name        text NOT NULL,
    duty        text NOT NULL,
    mobile      bytea NOT NULL,
    mobile_mask text NOT NULL
);
CREATE INDEX exam_venue_contact_venue ON exam_venue_contact (venue, id);

CREATE TABLE exam_equipment (
    venue  text    NOT NULL REFERENCES exam_venue (id),
    ord    integer NOT NULL,
    kind   text    NOT NULL,
    room   text    NOT NULL DEFAULT '',
    model  text    NOT NULL DEFAULT '',
    total  integer NOT NULL CHECK (total BETWEEN 1 AND 1000),
    usable integer NOT NULL CHECK (usable BETWEEN 0 AND total),
    note   text    NOT NULL DEFAULT '',
    PRIMARY KEY (venue, ord)
);

-- +goose Down
DROP TABLE exam_equipment;
DROP TABLE exam_venue_contact;
DROP TABLE exam_venue_history;
