-- +goose Up
-- C6, a hearing, and C7, a renewal before its certificate ends.
ALTER TABLE licensing_clock DROP CONSTRAINT licensing_clock_clock_check;
ALTER TABLE licensing_clock ADD CONSTRAINT licensing_clock_clock_check CHECK (clock IN ('C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7'));

-- +goose Down
ALTER TABLE licensing_clock DROP CONSTRAINT licensing_clock_clock_check;
ALTER TABLE licensing_clock ADD CONSTRAINT licensing_clock_clock_check CHECK (clock IN ('C1', 'C2', 'C3', 'C4', 'C5'));
