-- Which cases a review proposes to refuse, and how many, without reading the others.

-- +goose Up
CREATE INDEX licensing_case_refusing ON licensing_case (state, due, id) WHERE refusing AND state IN ('REVIEWING', 'APPROVING');

-- +goose Down
DROP INDEX licensing_case_refusing;
