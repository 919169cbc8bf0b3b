-- Registrations that rights hang on carry a MAC like certificates. Rows that were
-- there before get theirs once, from the program, which has the key
-- (practitioner.Service.SealRegistrations); what has none afterwards is refused.

-- +goose Up
ALTER TABLE practitioner_registration ADD COLUMN mac bytea;

-- +goose Down
ALTER TABLE practitioner_registration DROP COLUMN mac;
