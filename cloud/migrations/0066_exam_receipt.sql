-- What a venue waived when it closed a sitting, each with its reason; and our
-- signed receipt for a closed sitting, or why we do not sign.

-- +goose Up
ALTER TABLE exam_closeout
    ADD COLUMN pending      bigint NOT NULL DEFAULT 0,
    ADD COLUMN unused       bigint NOT NULL DEFAULT 0,
    ADD COLUMN terminated   bigint NOT NULL DEFAULT 0,
    ADD COLUMN acknowledged bigint NOT NULL DEFAULT 0,
    ADD COLUMN second       text   NOT NULL DEFAULT '',
    ADD COLUMN waivers      jsonb  NOT NULL DEFAULT '[]';

CREATE TABLE exam_sitting_receipt (
    sitting     text PRIMARY KEY REFERENCES exam_sitting (id),
    number      text        NOT NULL,
    count       bigint      NOT NULL,
    answers     bigint      NOT NULL,
    digest      text        NOT NULL, -- over what lies here
    handins     jsonb       NOT NULL,
    signed      bytea,
    differences text[]      NOT NULL DEFAULT '{}',
    at          timestamptz NOT NULL,
    CHECK ((signed IS NULL) = (differences <> '{}'))
);

-- +goose Down
DROP TABLE exam_sitting_receipt;
ALTER TABLE exam_closeout
    DROP COLUMN pending,
    DROP COLUMN unused,
    DROP COLUMN terminated,
    DROP COLUMN acknowledged,
    DROP COLUMN second,
    DROP COLUMN waivers;
