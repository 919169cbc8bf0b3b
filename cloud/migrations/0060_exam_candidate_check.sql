-- Where a candidate comes from (M62, M63), and what was checked when they were
-- taken.

-- +goose Up
ALTER TABLE exam_candidate
    ADD COLUMN kind       text  NOT NULL DEFAULT 'NEW' CHECK (kind IN ('NEW', 'RETRAIN')),
    ADD COLUMN class      text REFERENCES training_class (id),
    ADD COLUMN member     text,
    ADD COLUMN checks     jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN checked_at timestamptz;
CREATE INDEX exam_candidate_class ON exam_candidate (class) WHERE class IS NOT NULL;

-- +goose Down
ALTER TABLE exam_candidate
    DROP COLUMN kind, DROP COLUMN class, DROP COLUMN member, DROP COLUMN checks, DROP COLUMN checked_at;
