-- What the office owes somebody on a list by a day: an objection is marked within
-- one working day and decided within five, an entry that was repaired or annulled
-- is deleted within three (M49).

-- +goose Up
CREATE TABLE sanction_task (
    id        text PRIMARY KEY,
    entry     text        NOT NULL REFERENCES sanction_entry (id),
    kind      text        NOT NULL CHECK (kind IN ('MARK', 'DECIDE', 'DELETE')),
    due       date,
    due_note  text        NOT NULL DEFAULT '',
    note      text        NOT NULL,
    opened_by text        NOT NULL,
    opened_at timestamptz NOT NULL,
    done_by   text        NOT NULL DEFAULT '',
    done_at   timestamptz,
    outcome   text        NOT NULL DEFAULT '',
    answer    text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX sanction_task_open ON sanction_task (entry, kind) WHERE done_at IS NULL;
CREATE INDEX sanction_task_due ON sanction_task (due) WHERE done_at IS NULL;

-- +goose Down
DROP TABLE sanction_task;
