-- Whether a sitting's terminals are to run in Safe Exam Browser: not asked for,
-- shown to the proctors, or required for the login.

-- +goose Up
ALTER TABLE exam_sitting ADD COLUMN seb text NOT NULL DEFAULT '' CHECK (seb IN ('', 'SHOW', 'REQUIRE'));

-- +goose Down
ALTER TABLE exam_sitting DROP COLUMN seb;
