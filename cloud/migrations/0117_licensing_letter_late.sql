-- A slip's paper is made after the submission has been committed. What its file
-- says of itself then stands beside the letter's row, which never changes, and
-- apart from the file: one that is gone is noticed and not made again.

-- +goose Up
CREATE TABLE licensing_letter_late (
    letter    text PRIMARY KEY REFERENCES licensing_letter (id),
    -- of the PDF, and the SM2 signature over it
    digest    bytea   NOT NULL,
    signature bytea   NOT NULL,
    pages     integer NOT NULL,
    lost      text    NOT NULL,
    mac       bytea   NOT NULL
);

-- +goose Down
DROP TABLE licensing_letter_late;
