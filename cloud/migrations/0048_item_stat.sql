-- How each question did in a sitting (M55): sums from which use, correct rate
-- and discrimination follow over any number of sittings. x is an attempt's score
-- as a share of the full marks. Counted once the sitting is published.

-- +goose Up
CREATE TABLE exam_item_stat (
    sitting  text             NOT NULL REFERENCES exam_sitting (id),
    question text             NOT NULL,
    sub      smallint         NOT NULL,
    shown    integer          NOT NULL CHECK (shown > 0),
    hits     integer          NOT NULL CHECK (hits BETWEEN 0 AND shown),
    sum_x    double precision NOT NULL,
    sum_xx   double precision NOT NULL,
    sum_hit  double precision NOT NULL, -- of x where the item was right
    PRIMARY KEY (sitting, question, sub)
);
CREATE INDEX exam_item_stat_question ON exam_item_stat (question, sub);
