-- +goose Up
-- Wrong sign-ins under names that nobody has: they lock like accounts, so that
-- a lock tells nothing. The name is kept as its MAC only; people type passwords
-- into that field.
CREATE TABLE identity_stranger (
    name         bytea PRIMARY KEY,
    failures     integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    seen_at      timestamptz NOT NULL
);
CREATE INDEX identity_stranger_seen ON identity_stranger (seen_at);

-- +goose Down
DROP TABLE identity_stranger;
