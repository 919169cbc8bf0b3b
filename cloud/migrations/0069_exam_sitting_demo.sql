-- Whether a sitting was invented for a demonstration. Statistics that count one
-- say so. Nothing in a service ever sets it: only deploy/history does.

-- +goose Up
ALTER TABLE exam_sitting ADD COLUMN demo boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE exam_sitting DROP COLUMN demo;
