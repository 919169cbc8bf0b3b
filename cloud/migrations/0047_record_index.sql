-- +goose Up
-- Nothing looks records up by subject; each one paid for it.
DROP INDEX node_record_subject;
