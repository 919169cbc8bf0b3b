-- Training classes (M63): the centre's plan, classes opened under its lines,
-- their members and how they finished.

-- +goose Up
CREATE TABLE training_plan (
    id         text PRIMARY KEY,
    year       integer     NOT NULL CHECK (year BETWEEN 2020 AND 2100),
    month      integer     NOT NULL CHECK (month BETWEEN 1 AND 12),
    industry   text        NOT NULL,
    category   text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('NEW', 'RETRAIN')),
    classes    integer     NOT NULL CHECK (classes > 0),
    people     integer     NOT NULL CHECK (people > 0),
    note       text        NOT NULL DEFAULT '',
    revision   integer     NOT NULL DEFAULT 1,
    created_by text        NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (year, month, category, kind)
);

CREATE TABLE training_class (
    id         text PRIMARY KEY,
    number     text        NOT NULL UNIQUE,
    plan       text        NOT NULL REFERENCES training_plan (id),
    venue      text        NOT NULL REFERENCES exam_venue (id),
    category   text        NOT NULL,
    kind       text        NOT NULL,
    begins     date        NOT NULL,
    ends       date        NOT NULL,
    -- hours of the day, HH:MM in Shanghai
    daily_from text        NOT NULL,
    daily_to   text        NOT NULL,
    place      text        NOT NULL,
    capacity   integer     NOT NULL CHECK (capacity > 0),
    teacher    text        NOT NULL,
    hours      integer     NOT NULL CHECK (hours > 0),
    state      text        NOT NULL CHECK (state IN ('PLANNED', 'OPEN', 'RUNNING', 'FINISHED', 'CANCELLED')),
    reason     text        NOT NULL DEFAULT '',
    -- why it was opened beyond the plan
    beyond     text        NOT NULL DEFAULT '',
    revision   integer     NOT NULL DEFAULT 1,
    created_by text        NOT NULL,
    created_at timestamptz NOT NULL,
    state_at   timestamptz NOT NULL,
    CHECK (begins <= ends AND daily_from < daily_to)
);
CREATE INDEX training_class_plan ON training_class (plan);
CREATE INDEX training_class_venue ON training_class (venue, begins DESC);

CREATE TABLE training_member (
    id          text PRIMARY KEY,
    class       text        NOT NULL REFERENCES training_class (id),
    seq         integer     NOT NULL,
    name        text        NOT NULL,
    idno        bytea       NOT NULL,
    idno_blind  bytea       NOT NULL,
    idno_mask   text        NOT NULL,
    mobile      bytea,
    mobile_mask text        NOT NULL DEFAULT '',
    hours       integer     NOT NULL DEFAULT 0 CHECK (hours >= 0),
    result      text        NOT NULL DEFAULT '' CHECK (result IN ('', 'PASSED', 'FAILED')),
    result_by   text        NOT NULL DEFAULT '',
    result_at   timestamptz,
    UNIQUE (class, seq),
    UNIQUE (class, idno_blind)
);
CREATE INDEX training_member_idno ON training_member (idno_blind);

CREATE TABLE training_import_error (
    id    text PRIMARY KEY,
    owner text        NOT NULL,
    body  bytea       NOT NULL,
    at    timestamptz NOT NULL
);

-- +goose Down
DROP TABLE training_import_error;
DROP TABLE training_member;
DROP TABLE training_class;
DROP TABLE training_plan;
