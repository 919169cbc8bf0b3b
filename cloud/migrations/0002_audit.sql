-- +goose Up
CREATE TABLE audit_entry (
    seq      bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    username text NOT NULL,
    ip       text NOT NULL,
    action   text NOT NULL,
    object   text NOT NULL,
    detail   text NOT NULL,
    mac      bytea NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at);
CREATE INDEX audit_entry_actor ON audit_entry (actor, seq);
CREATE INDEX audit_entry_action ON audit_entry (action text_pattern_ops, seq);
CREATE INDEX audit_entry_object ON audit_entry (object, seq);

-- The end of the chain; locking its one row gives entries their order.
CREATE TABLE audit_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq bigint NOT NULL,
    mac bytea NOT NULL
);
INSERT INTO audit_head (seq, mac) VALUES (0, ''::bytea);

CREATE TABLE audit_anchor (
    seq bigint PRIMARY KEY,
    mac bytea NOT NULL,
    at  timestamptz NOT NULL,
    sig bytea NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only' USING ERRCODE = '42501';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_anchor_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

-- +goose Down
DROP TABLE audit_anchor;
DROP TABLE audit_head;
DROP TABLE audit_entry;
DROP FUNCTION audit_append_only();
