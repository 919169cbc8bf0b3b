-- The matter catalogue (issue 4, 2): every version of every definition that a
-- cloud was ever started with. A case keeps the version it began with, so rows
-- are only ever added.

-- +goose Up
CREATE TABLE licensing_matter (
    code       text        NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    -- SM3 of what the definition says, without comments and layout
    digest     bytea       NOT NULL,
    -- the file as it was read
    body       text        NOT NULL,
    first_seen timestamptz NOT NULL,
    mac        bytea       NOT NULL,
    PRIMARY KEY (code, version)
);

-- +goose Down
DROP TABLE licensing_matter;
