-- How many cases of a matter there are, to the limit, without reading them.

-- +goose Up
DROP INDEX licensing_case_matter;
CREATE INDEX licensing_case_matter ON licensing_case (matter, created_at DESC, id DESC) WHERE NOT (channel = 'O' AND state = 'DRAFT');

-- +goose Down
DROP INDEX licensing_case_matter;
CREATE INDEX licensing_case_matter ON licensing_case (matter, created_at DESC, id DESC);
