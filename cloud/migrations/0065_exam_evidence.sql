-- Pictures of identity checks that the centre asked a venue for, one by one and
-- with a reason (M54), and when the pictures of a sitting were deleted.

-- +goose Up
CREATE TABLE exam_evidence (
    sitting     text        NOT NULL REFERENCES exam_sitting (id),
    digest      text        NOT NULL,
    candidate   text        NOT NULL,
    node        text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('ASKED', 'HELD', 'GONE')),
    reason      text        NOT NULL,
    asked_by    text        NOT NULL,
    asked_name  text        NOT NULL,
    asked_at    timestamptz NOT NULL,
    answered_at timestamptz,
    kind        text        NOT NULL DEFAULT '',
    picture     bytea, -- sealed
    CHECK ((state = 'HELD') = (picture IS NOT NULL)),
    PRIMARY KEY (sitting, digest)
);
CREATE INDEX exam_evidence_node ON exam_evidence (node, digest);

CREATE TABLE exam_picture_expiry (
    sitting   text PRIMARY KEY REFERENCES exam_sitting (id),
    portraits integer     NOT NULL,
    evidence  integer     NOT NULL,
    at        timestamptz NOT NULL,
    -- files that are no longer named anywhere and still have to go
    blobs     bytea[]     NOT NULL DEFAULT '{}'
);

-- +goose Down
DROP TABLE exam_picture_expiry;
DROP TABLE exam_evidence;
