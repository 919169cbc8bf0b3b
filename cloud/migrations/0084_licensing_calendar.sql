-- Days that are worked or off against their weekday, from the State Council's
-- yearly notice: statutory time limits are counted by them. A year is imported
-- as a whole; one that is missing is never guessed.

-- +goose Up
CREATE TABLE licensing_calendar_year (
    year     int         PRIMARY KEY CHECK (year BETWEEN 2000 AND 2100),
    source   text        NOT NULL,
    revision int         NOT NULL DEFAULT 1,
    set_by   text        NOT NULL,
    set_at   timestamptz NOT NULL
);
CREATE TABLE licensing_calendar_day (
    day  date PRIMARY KEY,
    year int  NOT NULL REFERENCES licensing_calendar_year (year),
    kind text NOT NULL CHECK (kind IN ('holiday', 'makeup')),
    name text NOT NULL
);
CREATE INDEX licensing_calendar_day_year ON licensing_calendar_day (year, day);

INSERT INTO licensing_calendar_year (year, source, set_by, set_at) VALUES
    (2025, '国务院办公厅关于2025年部分节假日安排的通知', '', now()),
    (2026, '国务院办公厅关于2026年部分节假日安排的通知', '', now());

INSERT INTO licensing_calendar_day (day, year, kind, name)
SELECT d::date, extract(year FROM d)::int, 'holiday', r.name FROM (VALUES
    ('2025-01-01', '2025-01-01', '元旦'), ('2025-01-28', '2025-02-04', '春节'), ('2025-04-04', '2025-04-06', '清明节'),
    ('2025-05-01', '2025-05-05', '劳动节'), ('2025-05-31', '2025-06-02', '端午节'), ('2025-10-01', '2025-10-08', '国庆节、中秋节'),
    ('2026-01-01', '2026-01-03', '元旦'), ('2026-02-15', '2026-02-23', '春节'), ('2026-04-04', '2026-04-06', '清明节'),
    ('2026-05-01', '2026-05-05', '劳动节'), ('2026-06-19', '2026-06-21', '端午节'), ('2026-09-25', '2026-09-27', '中秋节'),
    ('2026-10-01', '2026-10-07', '国庆节')
) r (first, last, name), generate_series(r.first::date, r.last::date, interval '1 day') d;

INSERT INTO licensing_calendar_day (day, year, kind, name) VALUES
    ('2025-01-26', 2025, 'makeup', '春节'), ('2025-02-08', 2025, 'makeup', '春节'), ('2025-04-27', 2025, 'makeup', '劳动节'),
    ('2025-09-28', 2025, 'makeup', '国庆节、中秋节'), ('2025-10-11', 2025, 'makeup', '国庆节、中秋节'),
    ('2026-01-04', 2026, 'makeup', '元旦'), ('2026-02-14', 2026, 'makeup', '春节'), ('2026-02-28', 2026, 'makeup', '春节'),
    ('2026-05-09', 2026, 'makeup', '劳动节'), ('2026-09-20', 2026, 'makeup', '国庆节'), ('2026-10-10', 2026, 'makeup', '国庆节');

-- +goose Down
DROP TABLE licensing_calendar_day;
DROP TABLE licensing_calendar_year;
