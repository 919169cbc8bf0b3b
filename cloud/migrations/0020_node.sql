-- Nodes: the devices in venues and halls, how they enrolled, what they sent,
-- what they are told. A node belongs to one venue for life; a venue may have
-- had several nodes.

-- +goose Up
CREATE TABLE node (
    id            text PRIMARY KEY,
    venue         text        NOT NULL,
    name          text        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('ACTIVE', 'QUARANTINED', 'REVOKED')),
    reason        text        NOT NULL DEFAULT '',
    public_key    bytea       NOT NULL,
    certificate   bytea       NOT NULL,
    not_after     timestamptz NOT NULL,
    enrolled_at   timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL
);
CREATE INDEX node_venue ON node (venue, enrolled_at DESC);

-- One-time codes. Only the hash is kept: the code itself is shown once.
CREATE TABLE node_enrolment (
    id          text PRIMARY KEY,
    code_hash   bytea       NOT NULL UNIQUE,
    venue       text        NOT NULL,
    name        text        NOT NULL,
    created_by  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    approved_by text        NOT NULL DEFAULT '',
    approved_at timestamptz,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    node        text        REFERENCES node (id)
);

-- How far each journal of a node has been applied here. This row, locked, is
-- what gives the order; the broker does not.
CREATE TABLE node_cursor (
    node       text        NOT NULL REFERENCES node (id),
    lane       text        NOT NULL,
    seq        bigint      NOT NULL DEFAULT 0,
    hash       bytea       NOT NULL,
    applied_at timestamptz NOT NULL,
    PRIMARY KEY (node, lane)
);

-- Every record a node ever sent, as it sent it.
CREATE TABLE node_record (
    node        text        NOT NULL,
    lane        text        NOT NULL,
    seq         bigint      NOT NULL,
    at          timestamptz NOT NULL,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    body        bytea       NOT NULL,
    hash        bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (node, lane, seq)
);
CREATE INDEX node_record_subject ON node_record (subject, kind);

-- Signed positions that came with batches: proof against a rewritten tail.
CREATE TABLE node_checkpoint (
    node        text        NOT NULL,
    lane        text        NOT NULL,
    seq         bigint      NOT NULL,
    hash        bytea       NOT NULL,
    sig         bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (node, lane)
);

-- Records that could not be applied; those after them went on.
CREATE TABLE node_dead (
    node       text        NOT NULL,
    lane       text        NOT NULL,
    seq        bigint      NOT NULL,
    kind       text        NOT NULL,
    code       text        NOT NULL,
    reason     text        NOT NULL,
    at         timestamptz NOT NULL,
    settled_by text        NOT NULL DEFAULT '',
    settled_at timestamptz,
    PRIMARY KEY (node, lane, seq)
);

-- The order journal of each node. Bodies are sealed: they hold key halves and
-- password hashes. The chain runs over the open text.
CREATE TABLE node_order (
    node    text        NOT NULL,
    lane    text        NOT NULL,
    seq     bigint      NOT NULL,
    at      timestamptz NOT NULL,
    kind    text        NOT NULL,
    subject text        NOT NULL,
    body    bytea       NOT NULL,
    hash    bytea       NOT NULL,
    PRIMARY KEY (node, lane, seq)
);

CREATE TABLE node_order_head (
    node       text        NOT NULL REFERENCES node (id),
    lane       text        NOT NULL,
    seq        bigint      NOT NULL DEFAULT 0,
    hash       bytea       NOT NULL,
    acked      bigint      NOT NULL DEFAULT 0,
    acked_at   timestamptz,
    PRIMARY KEY (node, lane)
);

-- Latest-wins telemetry.
CREATE TABLE node_state (
    node        text PRIMARY KEY REFERENCES node (id),
    state       jsonb       NOT NULL,
    received_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE node_state, node_order_head, node_order, node_dead, node_checkpoint, node_record, node_cursor, node_enrolment, node;
