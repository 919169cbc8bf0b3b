-- Whose session it is carries a MAC: an edited row must not open somebody else's
-- applications. Sessions of before have none; they are eight hours old at most, and
-- whoever has one is asked to come from 一网通办 again.

-- +goose Up
ALTER TABLE online_session ADD COLUMN mac bytea;
DELETE FROM online_session;

-- +goose Down
ALTER TABLE online_session DROP COLUMN mac;
