-- What renewals and grades hang on carries a MAC as registrations do since 0112:
-- driving licences, courses, assessments. Rows that were there before get theirs
-- once, from the program, which has the key (practitioner.Service.SealFacts); what
-- has none afterwards is refused.

-- +goose Up
ALTER TABLE practitioner_driving ADD COLUMN mac bytea;
ALTER TABLE practitioner_education ADD COLUMN mac bytea;
ALTER TABLE practitioner_assessment ADD COLUMN mac bytea;

-- +goose Down
ALTER TABLE practitioner_driving DROP COLUMN mac;
ALTER TABLE practitioner_education DROP COLUMN mac;
ALTER TABLE practitioner_assessment DROP COLUMN mac;
