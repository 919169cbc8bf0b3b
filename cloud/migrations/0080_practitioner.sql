-- The person's file (issue 4, 1): who somebody is, what they are qualified for,
-- and everything that ever happened to it. What identifies a person is sealed;
-- a whole ID number or mobile number is found by its blind index alone.

-- +goose Up
CREATE TABLE practitioner (
    id           text PRIMARY KEY,
    name         text        NOT NULL,
    idno         bytea       NOT NULL,
    idno_blind   bytea       NOT NULL,
    idno_mask    text        NOT NULL,
    sex          text        NOT NULL CHECK (sex IN ('0', '1', '2', '9')),
    birth        date        NOT NULL,
    nation       text        NOT NULL DEFAULT '',
    residence    text        NOT NULL DEFAULT '' CHECK (residence IN ('', 'SH', 'NON_SH', 'NON_SH_TAXI2NET', 'NON_SH_RENT2NET')),
    mobile       bytea,
    mobile_blind bytea,
    mobile_mask  text        NOT NULL DEFAULT '',
    address      bytea,
    photo        bytea,
    photo_kind   text        NOT NULL DEFAULT '',
    photo_blind  bytea,
    -- given with the first certificate and kept for ever
    archive_no   text        NOT NULL DEFAULT '',
    -- the file that this one was merged into; never a merged one itself
    merged_into  text REFERENCES practitioner (id),
    -- earliest end of what is in force, kept by the program for lists
    expires      date,
    demo         boolean     NOT NULL DEFAULT false,
    version      integer     NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    CHECK (merged_into <> id)
);
CREATE UNIQUE INDEX practitioner_idno ON practitioner (idno_blind);
CREATE UNIQUE INDEX practitioner_archive ON practitioner (archive_no) WHERE archive_no <> '';
CREATE INDEX practitioner_mobile ON practitioner (mobile_blind) WHERE mobile_blind IS NOT NULL;
CREATE INDEX practitioner_photo ON practitioner (photo_blind) WHERE photo_blind IS NOT NULL;
CREATE INDEX practitioner_name ON practitioner (name text_pattern_ops, birth);
CREATE INDEX practitioner_merged ON practitioner (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX practitioner_newest ON practitioner (created_at DESC, id DESC) WHERE merged_into IS NULL;
-- orders that the list offers, each way
CREATE INDEX practitioner_expiring ON practitioner (expires) WHERE merged_into IS NULL;
CREATE INDEX practitioner_expiring_last ON practitioner (expires DESC NULLS LAST) WHERE merged_into IS NULL;
CREATE INDEX practitioner_named ON practitioner (name) WHERE merged_into IS NULL;
CREATE INDEX practitioner_named_last ON practitioner (name DESC NULLS LAST) WHERE merged_into IS NULL;
CREATE INDEX practitioner_residence ON practitioner (residence, created_at DESC, id DESC) WHERE merged_into IS NULL;

CREATE TABLE practitioner_licence (
    id            text PRIMARY KEY,
    person        text        NOT NULL REFERENCES practitioner (id),
    type          text        NOT NULL CHECK (type IN ('RE-071', 'RE-075', 'RE-072', 'BUS')),
    -- a bus certificate is for one post; the others hold several categories
    post          text        NOT NULL DEFAULT '',
    -- most numbers are the holder's ID number
    number        bytea       NOT NULL,
    number_blind  bytea       NOT NULL,
    number_mask   text        NOT NULL,
    service_no    text        NOT NULL DEFAULT '',
    issuer        text        NOT NULL,
    first_issue   date        NOT NULL,
    valid_from    date        NOT NULL,
    -- NULL: it does not end by itself (taxi), its registration does
    valid_to      date,
    state         text        NOT NULL CHECK (state IN ('10', '01', '02', '03', '04', '05', '09')),
    state_why     text        NOT NULL DEFAULT '',
    print_version integer     NOT NULL DEFAULT 1,
    version       integer     NOT NULL DEFAULT 1,
    changed_at    timestamptz NOT NULL,
    mac           bytea       NOT NULL
);
CREATE UNIQUE INDEX practitioner_licence_one ON practitioner_licence (person, type, post) WHERE state = '10';
CREATE UNIQUE INDEX practitioner_licence_number ON practitioner_licence (type, number_blind) WHERE state = '10';
CREATE INDEX practitioner_licence_person ON practitioner_licence (person);
CREATE INDEX practitioner_licence_found ON practitioner_licence (number_blind);
CREATE INDEX practitioner_licence_state ON practitioner_licence (state, type) WHERE state <> '10';

CREATE TABLE practitioner_category (
    licence     text NOT NULL REFERENCES practitioner_licence (id),
    category    text NOT NULL,
    first_issue date NOT NULL,
    valid_to    date,
    -- the certificate's, for lists
    person      text NOT NULL,
    state       text NOT NULL,
    PRIMARY KEY (licence, category)
);
CREATE INDEX practitioner_category_person ON practitioner_category (person);
CREATE INDEX practitioner_category_state ON practitioner_category (category, state) WHERE state <> '10';

-- Who did what when. Rows are only ever added; a merge leaves them where they are.
CREATE TABLE practitioner_event (
    id      text PRIMARY KEY,
    person  text        NOT NULL REFERENCES practitioner (id),
    at      timestamptz NOT NULL,
    kind    text        NOT NULL,
    text    text        NOT NULL,
    ref     text        NOT NULL DEFAULT '',
    licence text        NOT NULL DEFAULT '',
    -- what the certificate was and became
    before  jsonb,
    after   jsonb,
    by_id   text        NOT NULL,
    by_name text        NOT NULL
);
CREATE INDEX practitioner_event_person ON practitioner_event (person, at DESC, id DESC);
CREATE INDEX practitioner_event_licence ON practitioner_event (licence, at) WHERE licence <> '';
-- +goose StatementBegin
CREATE FUNCTION practitioner_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the timeline of a person is append-only' USING ERRCODE = '42501';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER practitioner_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON practitioner_event
    FOR EACH STATEMENT EXECUTE FUNCTION practitioner_append_only();

-- Running numbers: archives by year, bus certificates by post and year.
CREATE TABLE practitioner_number (
    series text PRIMARY KEY,
    last   integer NOT NULL
);

-- +goose Down
DROP TABLE practitioner_number;
DROP TABLE practitioner_event;
DROP FUNCTION practitioner_append_only();
DROP TABLE practitioner_category;
DROP TABLE practitioner_licence;
DROP TABLE practitioner;
