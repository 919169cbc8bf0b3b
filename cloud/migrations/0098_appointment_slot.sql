-- Places in the calendar of the service halls (M15): how many people may come for
-- which group of matters, where and when. used counts the bookings that hold a
-- place and never exceeds quota.

-- +goose Up
CREATE TABLE appointment_slot (
    id         text PRIMARY KEY,
    day        date        NOT NULL,
    -- hours of the day, HH:MM in Shanghai
    begins     text        NOT NULL CHECK (begins ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    ends       text        NOT NULL CHECK (ends ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    place      text        NOT NULL,
    -- a trade of the matter catalogue, or ANY
    grp        text        NOT NULL,
    quota      integer     NOT NULL CHECK (quota BETWEEN 1 AND 999),
    used       integer     NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND quota),
    state      text        NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    reason     text        NOT NULL DEFAULT '',
    version    integer     NOT NULL,
    changed_by text        NOT NULL,
    changed_at timestamptz NOT NULL,
    mac        bytea       NOT NULL,
    CHECK (begins < ends),
    UNIQUE (day, place, grp, begins)
);

-- +goose Down
DROP TABLE appointment_slot;
