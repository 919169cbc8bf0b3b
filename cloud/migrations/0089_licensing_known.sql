-- +goose Up
-- What the platforms said of an online application's fields (M14): sealed JSON,
-- key → value, source and day. Null for what was written down at a window.
ALTER TABLE licensing_case ADD COLUMN known bytea;

-- +goose Down
ALTER TABLE licensing_case DROP COLUMN known;
