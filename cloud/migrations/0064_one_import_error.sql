-- Error workbooks of all uploads lie in one table, by kind.

-- +goose Up
DROP TABLE training_import_error;

-- +goose Down
CREATE TABLE training_import_error (
    id    text PRIMARY KEY,
    owner text        NOT NULL,
    body  bytea       NOT NULL,
    at    timestamptz NOT NULL
);
