-- +goose Up
CREATE TABLE identity_staff (
    id          text PRIMARY KEY,
    username    text NOT NULL UNIQUE,
    name        text NOT NULL,
    password    text NOT NULL,
    must_change boolean NOT NULL DEFAULT false,
    disabled    boolean NOT NULL DEFAULT false,
    failures    integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    password_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    created_by  text NOT NULL,
    version     bigint NOT NULL DEFAULT 1
);

-- One row a person: what they may do and where. The MAC covers the whole row.
CREATE TABLE identity_grant (
    staff      text PRIMARY KEY REFERENCES identity_staff (id),
    roles      text[] NOT NULL,
    scope_all  boolean NOT NULL,
    venues     text[] NOT NULL,
    version    bigint NOT NULL,
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL,
    mac        bytea NOT NULL
);

CREATE TABLE identity_session (
    id         text PRIMARY KEY,
    token      bytea NOT NULL UNIQUE,
    csrf       text NOT NULL,
    staff      text NOT NULL REFERENCES identity_staff (id),
    ip         text NOT NULL,
    agent      text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    end_reason text NOT NULL DEFAULT ''
);
CREATE INDEX identity_session_open ON identity_session (staff) WHERE ended_at IS NULL;

-- Numbers the staff lists that are shipped to venues.
CREATE SEQUENCE identity_venue_list AS integer;

-- +goose Down
DROP SEQUENCE identity_venue_list;
DROP TABLE identity_session;
DROP TABLE identity_grant;
DROP TABLE identity_staff;
