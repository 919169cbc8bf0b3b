-- The list of all cases, and how many there are, without reading them: what an
-- applicant has not sent is in no list.

-- +goose Up
DROP INDEX licensing_case_newest;
CREATE INDEX licensing_case_newest ON licensing_case (created_at DESC, id DESC) WHERE NOT (channel = 'O' AND state = 'DRAFT');

-- +goose Down
DROP INDEX licensing_case_newest;
CREATE INDEX licensing_case_newest ON licensing_case (created_at DESC, id DESC);
