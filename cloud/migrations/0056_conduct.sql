-- Irregularities are reviewed one by one before results are published (chapter
-- 9.4, step 12): every ruling stays, the latest of an irregularity counts. A
-- result says what it is in a word of its own, and a round remembers what it
-- rests on, so that records that come later show.

-- +goose Up
CREATE TABLE exam_ruling (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sitting      text        NOT NULL REFERENCES exam_sitting (id),
    irregularity text        NOT NULL,
    consequence  text        NOT NULL,
    referred     boolean     NOT NULL,
    reason       text        NOT NULL,
    who          text        NOT NULL,
    who_name     text        NOT NULL,
    at           timestamptz NOT NULL,
    mac          bytea       NOT NULL
);
CREATE INDEX exam_ruling_of ON exam_ruling (sitting, irregularity, id DESC);

-- What was published and then withdrawn to be corrected, as it stood.
CREATE TABLE exam_score_earlier (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sitting      text        NOT NULL REFERENCES exam_sitting (id),
    round        jsonb       NOT NULL,
    scores       jsonb       NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    withdrawn_by text        NOT NULL,
    reason       text        NOT NULL
);
CREATE INDEX exam_score_earlier_of ON exam_score_earlier (sitting);

ALTER TABLE exam_score ADD COLUMN outcome text NOT NULL DEFAULT '', ADD COLUMN identity text NOT NULL DEFAULT '';
ALTER TABLE exam_score_round ADD COLUMN basis jsonb NOT NULL DEFAULT '{}';

-- What was scored but not published is scored again under the new words.
DELETE FROM exam_score WHERE sitting IN (SELECT id FROM exam_sitting WHERE state = 'SCORED');
DELETE FROM exam_score_round WHERE sitting IN (SELECT id FROM exam_sitting WHERE state = 'SCORED');
UPDATE exam_sitting SET state = 'CLOSED' WHERE state = 'SCORED';
UPDATE exam_score SET outcome = CASE WHEN voided <> '' THEN 'VOID' WHEN passed THEN 'PASSED' ELSE 'FAILED' END;

-- +goose Down
ALTER TABLE exam_score_round DROP COLUMN basis;
ALTER TABLE exam_score DROP COLUMN outcome, DROP COLUMN identity;
DROP TABLE exam_score_earlier;
DROP TABLE exam_ruling;
