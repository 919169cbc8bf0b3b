-- +goose Up
-- The checkpoint as the node signed it: the signature covers a time that the
-- columns do not hold, so that nobody could verify it later. Empty until the
-- node's next batch.
ALTER TABLE node_checkpoint ADD COLUMN signed bytea;

-- +goose Down
ALTER TABLE node_checkpoint DROP COLUMN signed;
