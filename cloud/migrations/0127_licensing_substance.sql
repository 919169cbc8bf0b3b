-- +goose Up
-- What of an application's substance was verified, which two do (行政许可法 §34); empty:
-- nothing. And from when on whoever was refused or denied for something untrue (§78) may
-- apply for the same permission again; null: nothing was untrue.
ALTER TABLE licensing_case ADD COLUMN verify text NOT NULL DEFAULT '', ADD COLUMN banned_until date;

-- +goose Down
ALTER TABLE licensing_case DROP COLUMN banned_until, DROP COLUMN verify;
