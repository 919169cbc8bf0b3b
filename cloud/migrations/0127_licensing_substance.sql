-- +goose Up
-- What of an application has to be verified by two (行政许可法 §34), in the words of who
-- found it; empty: nothing. And what was refused or denied because something was
-- concealed or false (§78): who applied may not apply for the same again for a year.
ALTER TABLE licensing_case ADD COLUMN verify text NOT NULL DEFAULT '', ADD COLUMN untrue boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE licensing_case DROP COLUMN untrue, DROP COLUMN verify;
