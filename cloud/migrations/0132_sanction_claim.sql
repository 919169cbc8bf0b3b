-- +goose Up
-- A revocation whose number matches nothing is claimed by two persons, as it is lifted:
-- kind CLAIM names the certificate.
ALTER TABLE sanction_lift ADD COLUMN licence text NOT NULL DEFAULT '';
ALTER TABLE sanction_lift DROP CONSTRAINT sanction_lift_kind_check;
ALTER TABLE sanction_lift ADD CONSTRAINT sanction_lift_kind_check CHECK (kind IN ('LIFT', 'SUSPEND', 'RESUME', 'CLAIM'));

-- +goose Down
DELETE FROM sanction_lift WHERE kind = 'CLAIM';
ALTER TABLE sanction_lift DROP CONSTRAINT sanction_lift_kind_check;
ALTER TABLE sanction_lift ADD CONSTRAINT sanction_lift_kind_check CHECK (kind IN ('LIFT', 'SUSPEND', 'RESUME'));
ALTER TABLE sanction_lift DROP COLUMN licence;
