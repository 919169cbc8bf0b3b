-- A reviewer proposes that a licence be refused: the approver's list says so.

-- +goose Up
ALTER TABLE licensing_case ADD COLUMN refusing boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE licensing_case DROP COLUMN refusing;
