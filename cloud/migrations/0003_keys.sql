-- +goose Up
-- Which key ring this database was written with. A cloud whose ring is another
-- one refuses to start instead of writing what nobody can read.
CREATE TABLE keys_ring (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    fingerprint text NOT NULL,
    noted_at    timestamptz NOT NULL
);

-- +goose Down
DROP TABLE keys_ring;
