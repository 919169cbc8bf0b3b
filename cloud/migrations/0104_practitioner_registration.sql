-- Registrations that a case began, extended or ended: which, and when the end
-- was reported (twenty days).

-- +goose Up
ALTER TABLE practitioner_registration ADD COLUMN ref text NOT NULL DEFAULT '';
ALTER TABLE practitioner_registration ADD COLUMN end_ref text NOT NULL DEFAULT '';
ALTER TABLE practitioner_registration ADD COLUMN reported_on date;

-- +goose Down
ALTER TABLE practitioner_registration DROP COLUMN reported_on;
ALTER TABLE practitioner_registration DROP COLUMN end_ref;
ALTER TABLE practitioner_registration DROP COLUMN ref;
