-- Exposure control of a paper rule (M56): both are kept by the centre when it
-- builds a package; 0 is none.

-- +goose Up
ALTER TABLE exam_rule ADD COLUMN avoid_papers smallint NOT NULL DEFAULT 0 CHECK (avoid_papers BETWEEN 0 AND 10);
ALTER TABLE exam_rule ADD COLUMN overlap_cap smallint NOT NULL DEFAULT 0 CHECK (overlap_cap BETWEEN 0 AND 100);

-- +goose Down
ALTER TABLE exam_rule DROP COLUMN overlap_cap;
ALTER TABLE exam_rule DROP COLUMN avoid_papers;
