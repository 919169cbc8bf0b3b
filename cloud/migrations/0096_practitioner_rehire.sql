-- People who work on after the statutory retirement age (M53): who hired them
-- again, until when, and how it ended. The retirement ages are data: the State
-- Council's table of 2025, and how old somebody may be who is hired again.

-- +goose Up
CREATE TABLE practitioner_retirement (
    sex            text    NOT NULL CHECK (sex IN ('1', '2')),
    -- the statutory age before the delay
    years          integer NOT NULL,
    effective_from date    NOT NULL,
    -- births from this month on are delayed: a month for every so many months, up to most
    since          date    NOT NULL,
    every          integer NOT NULL CHECK (every > 0),
    most           integer NOT NULL,
    basis          text    NOT NULL,
    PRIMARY KEY (sex, years, effective_from)
);
INSERT INTO practitioner_retirement (sex, years, effective_from, since, every, most, basis) VALUES
    ('1', 60, '2025-01-01', '1965-01-01', 4, 36, '国务院关于渐进式延迟法定退休年龄的办法'),
    ('2', 55, '2025-01-01', '1970-01-01', 4, 36, '国务院关于渐进式延迟法定退休年龄的办法'),
    ('2', 50, '2025-01-01', '1975-01-01', 2, 60, '国务院关于渐进式延迟法定退休年龄的办法');

-- until which birthday somebody may be hired again; NULL: not at all. Assumed,
-- for the customer to confirm.
ALTER TABLE practitioner_age_limit ADD COLUMN rehire_most integer;
UPDATE practitioner_age_limit SET rehire_most = 65 WHERE category IN ('09', '13');

CREATE TABLE practitioner_rehire (
    id             text PRIMARY KEY,
    person         text        NOT NULL REFERENCES practitioner (id),
    category       text        NOT NULL,
    company        text        NOT NULL,
    company_code   text        NOT NULL,
    from_day       date        NOT NULL,
    to_day         date        NOT NULL CHECK (to_day >= from_day),
    health_until   date        NOT NULL CHECK (health_until >= to_day),
    contract_until date        NOT NULL CHECK (contract_until >= to_day),
    state          text        NOT NULL CHECK (state IN ('ACTIVE', 'DISMISSED', 'EXPIRED')),
    -- the day on which the contract ended, and that on which it was reported
    ended_on       date,
    reported_on    date,
    why            text        NOT NULL DEFAULT '',
    -- the cases that began and ended it
    ref            text        NOT NULL DEFAULT '',
    end_ref        text        NOT NULL DEFAULT '',
    version        integer     NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    mac            bytea       NOT NULL
);
CREATE UNIQUE INDEX practitioner_rehire_one ON practitioner_rehire (person) WHERE state = 'ACTIVE';
CREATE INDEX practitioner_rehire_person ON practitioner_rehire (person);
CREATE INDEX practitioner_rehire_ends ON practitioner_rehire (to_day, id) WHERE state = 'ACTIVE';
CREATE INDEX practitioner_rehire_company ON practitioner_rehire (company_code, state);
CREATE INDEX practitioner_rehire_newest ON practitioner_rehire (created_at DESC, id DESC);

-- +goose Down
DROP TABLE practitioner_rehire;
ALTER TABLE practitioner_age_limit DROP COLUMN rehire_most;
DROP TABLE practitioner_retirement;
