-- A slip's paper is made after the submission has been committed. What its file
-- says of itself then stands beside the letter's row, which never changes: all of
-- it or, for letters that were printed when they were issued, none.

-- +goose Up
ALTER TABLE licensing_letter_file
    ADD COLUMN digest    bytea,
    ADD COLUMN signature bytea,
    ADD COLUMN pages     integer,
    ADD COLUMN lost      text,
    ADD COLUMN mac       bytea,
    ADD CONSTRAINT licensing_letter_file_late CHECK (num_nulls(digest, signature, pages, lost, mac) IN (0, 5));

-- +goose Down
ALTER TABLE licensing_letter_file DROP COLUMN digest, DROP COLUMN signature, DROP COLUMN pages, DROP COLUMN lost, DROP COLUMN mac;
