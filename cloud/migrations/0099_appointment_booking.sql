-- Bookings of a place by a person (M15), what they bring along, and the running
-- numbers of each day. A booking that became an application names the case.

-- +goose Up
CREATE TABLE appointment_number (
    day  date PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE appointment_booking (
    id          text PRIMARY KEY,
    number      text        NOT NULL UNIQUE,
    -- who asked, under which number of theirs, and what it said
    caller      text        NOT NULL,
    call        text        NOT NULL,
    call_digest bytea       NOT NULL,
    -- the caller's own number of the appointment; empty when it has none
    ref         text        NOT NULL DEFAULT '',
    slot        text        NOT NULL REFERENCES appointment_slot (id),
    day         date        NOT NULL,
    name        text        NOT NULL,
    idno        bytea       NOT NULL,
    idno_blind  bytea       NOT NULL,
    idno_mask   text        NOT NULL,
    mobile      bytea       NOT NULL,
    mobile_mask text        NOT NULL,
    matter      text        NOT NULL,
    channel     text        NOT NULL CHECK (channel IN ('ONESTOP', 'WINDOW', 'OWN')),
    account     text        NOT NULL DEFAULT '',
    -- what the form of the matter holds already, JSON, sealed
    form        bytea,
    state       text        NOT NULL CHECK (state IN ('BOOKED', 'ARRIVED', 'NO_SHOW', 'CANCELLED', 'CONVERTED')),
    reason      text        NOT NULL DEFAULT '',
    case_id     text        NOT NULL DEFAULT '',
    version     integer     NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL,
    changed_at  timestamptz NOT NULL,
    mac         bytea       NOT NULL,
    UNIQUE (caller, call),
    CHECK ((state = 'CONVERTED') = (case_id <> ''))
);
CREATE UNIQUE INDEX appointment_booking_once ON appointment_booking (idno_blind, day, matter) WHERE state IN ('BOOKED', 'ARRIVED', 'NO_SHOW');
CREATE UNIQUE INDEX appointment_booking_ref ON appointment_booking (caller, ref) WHERE ref <> '';
CREATE INDEX appointment_booking_slot ON appointment_booking (slot);
CREATE INDEX appointment_booking_day ON appointment_booking (day DESC, id DESC);
CREATE INDEX appointment_booking_waiting ON appointment_booking (day) WHERE state = 'BOOKED';

CREATE TABLE appointment_material (
    booking  text        NOT NULL REFERENCES appointment_booking (id),
    code     text        NOT NULL,
    name     text        NOT NULL,
    kind     text        NOT NULL,
    size     bigint      NOT NULL,
    blob     bytea       NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (booking, code)
);

-- +goose Down
DROP TABLE appointment_material;
DROP TABLE appointment_booking;
DROP TABLE appointment_number;
