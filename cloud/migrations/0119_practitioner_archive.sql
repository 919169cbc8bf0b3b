-- +goose Up
-- Every certificate asks whether the next archive number is taken, with the series
-- locked: it may not look at everybody for that.
CREATE INDEX practitioner_archive_no ON practitioner (archive_no) WHERE archive_no <> '';

-- +goose Down
DROP INDEX practitioner_archive_no;
