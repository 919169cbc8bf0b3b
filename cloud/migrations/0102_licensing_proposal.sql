-- +goose Up
-- Why the system proposes to extend a case's period (M48); an official decides.
ALTER TABLE licensing_case ADD COLUMN proposal text NOT NULL DEFAULT '';
CREATE INDEX licensing_case_proposal ON licensing_case (due) WHERE proposal <> '';

-- +goose Down
ALTER TABLE licensing_case DROP COLUMN proposal;
