-- +goose Up
-- The job queue's own tables are River's (platform/db/queue.go). A job of ours is
-- named by its kind and what it is about; asking whether one is waiting is part of
-- every transaction that needs one.
CREATE INDEX river_job_about ON river_job (kind, (args ->> 'key'))
    WHERE state IN ('available', 'scheduled', 'retryable', 'running', 'cancelled', 'discarded');

-- +goose Down
DROP INDEX river_job_about;
