-- Cases are found by the beginning of a number, and a matter's newest without
-- looking at everybody else's, however many cases are stored.

-- +goose Up
CREATE INDEX licensing_case_apply ON licensing_case (apply_no text_pattern_ops);
CREATE INDEX licensing_case_accept ON licensing_case (accept_no text_pattern_ops) WHERE accept_no <> '';
CREATE INDEX licensing_case_matter ON licensing_case (matter, created_at DESC, id DESC);

-- +goose Down
DROP INDEX licensing_case_matter;
DROP INDEX licensing_case_accept;
DROP INDEX licensing_case_apply;
