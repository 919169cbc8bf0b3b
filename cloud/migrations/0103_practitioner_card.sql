-- Cards beside the certificates (chapter 1.8): the service supervision card, and
-- the training certificate of a bus company's people. A card that is replaced is
-- void and stays; the physical card is made elsewhere.

-- +goose Up
CREATE TABLE practitioner_card (
    id           text PRIMARY KEY,
    person       text        NOT NULL REFERENCES practitioner (id),
    kind         text        NOT NULL CHECK (kind IN ('SUPERVISION', 'TRAINING')),
    number       text        NOT NULL,
    category     text        NOT NULL,
    company      text        NOT NULL,
    company_code text        NOT NULL,
    staff_no     text        NOT NULL DEFAULT '',
    issued_on    date        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('ACTIVE', 'VOID')),
    voided_on    date,
    why          text        NOT NULL DEFAULT '',
    -- the cases that issued and ended it
    ref          text        NOT NULL DEFAULT '',
    end_ref      text        NOT NULL DEFAULT '',
    version      integer     NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    mac          bytea       NOT NULL,
    UNIQUE (kind, number)
);
CREATE UNIQUE INDEX practitioner_card_one ON practitioner_card (person, kind, category) WHERE state = 'ACTIVE';
CREATE INDEX practitioner_card_person ON practitioner_card (person, created_at DESC);

-- +goose Down
DROP TABLE practitioner_card;
