-- Somebody has been sent by 一网通办 and has not said yet that it is they: a link
-- logs in whoever's token it carries, so whose account it is is asked first. The
-- ticket is in the page only; what the platform said is sealed.

-- +goose Up
CREATE TABLE online_arrival (
    id          text        PRIMARY KEY,
    ticket_hash bytea       NOT NULL UNIQUE,
    account     bytea       NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX online_arrival_at ON online_arrival (at);

-- +goose Down
DROP TABLE online_arrival;
