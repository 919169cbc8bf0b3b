-- A request has the venue's own id besides ours: ids of two venues may be equal,
-- and a repeat is the same request. A package notes the record that reported it
-- received: only a preflight after that record counts.

-- +goose Up
ALTER TABLE exam_opening ADD COLUMN IF NOT EXISTS request text NOT NULL DEFAULT '';
UPDATE exam_opening SET request = id WHERE request = '';
CREATE UNIQUE INDEX exam_opening_request ON exam_opening (sitting, request);
ALTER TABLE exam_package ADD COLUMN IF NOT EXISTS received_in text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE exam_package DROP COLUMN received_in;
DROP INDEX exam_opening_request;
ALTER TABLE exam_opening DROP COLUMN request;
