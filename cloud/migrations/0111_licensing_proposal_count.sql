-- How many extensions wait for the official in charge, without reading the cases,
-- nor those whose proposal has outlived their decision.

-- +goose Up
DROP INDEX licensing_case_proposal;
CREATE INDEX licensing_case_proposal ON licensing_case (state, due, id) WHERE proposal <> '' AND state IN ('REVIEWING', 'APPROVING');

-- +goose Down
DROP INDEX licensing_case_proposal;
CREATE INDEX licensing_case_proposal ON licensing_case (due) WHERE proposal <> '';
