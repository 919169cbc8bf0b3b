package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/node/broker"
	"huyun.internal/cloud/node/courier"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/sm"
)

// centre is the cloud's end of the link as cloud wires it, without its pages: a
// private PostgreSQL that syncs as in production, the broker in process, the
// courier, and the two that make rows of records: the ledger and the sittings.
type centre struct {
	db     *db.DB
	ring   *keys.Ring
	nodes  *node.Service
	broker *broker.Broker
	closes []func() error
}

const centreSecret = "bench"

func openCentre(dir string) (c *centre, err error) {
	ctx, stop := context.WithCancel(context.Background())
	c = &centre{closes: []func() error{func() error { stop(); return nil }}}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	err = os.Chmod(dir, 0o711) //nolint:gosec // PostgreSQL runs as an unprivileged user
	if err != nil {
		return c, err
	}
	cluster, err := db.StartPrivate(ctx, filepath.Join(dir, "pg"), quiet)
	if err != nil {
		return c, err
	}
	c.closes = append(c.closes, cluster.Stop)
	c.db, err = db.Open(ctx, cluster.DSN(), db.Options{})
	if err != nil {
		return c, err
	}
	c.closes = append(c.closes, func() error { c.db.Close(); return nil })
	err = db.Migrate(ctx, c.db)
	if err != nil {
		return c, err
	}
	c.ring, err = keys.Open(keys.Options{Dir: filepath.Join(dir, "keys")})
	if err != nil {
		return c, err
	}
	clk := clock.System()
	trail := audit.New(c.db, c.ring, clk, filepath.Join(dir, "anchors"))
	orders := node.NewOrders(c.ring, clk.Now)
	c.nodes = &node.Service{DB: c.db, Audit: trail, CA: c.ring, Orders: orders, Now: clk.Now, Log: quiet}
	c.nodes.Appliers = []node.Applier{sitting.New(sitting.Parts{
		DB: c.db, Keys: c.ring, Audit: trail, Clock: clk, Orders: orders, Nodes: c.nodes,
	})}
	c.broker, err = broker.Start(broker.Config{TCP: "127.0.0.1:0", Secret: centreSecret}, c.nodes, quiet)
	if err != nil {
		return c, err
	}
	c.closes = append(c.closes, c.broker.Close)
	carrier := courier.New(courier.Config{
		URL: "tcp://" + c.broker.Addr("tcp"), Username: broker.CloudUser, Password: centreSecret,
	}, c.nodes, c.ring.Cloud(), clk, quiet)
	carrying := inBackground(ctx, carrier.Run)
	c.closes = append(c.closes, func() error { stop(); return carrying() })
	return c, c.schedule(ctx)
}

func (c *centre) close() (err error) {
	for i := len(c.closes) - 1; i >= 0; i-- {
		err = errors.Join(err, c.closes[i]())
	}
	return err
}

// schedule makes the sitting whose answers come. What it stands on (rule, bank,
// rooms) takes no part in a drain, so its foreign keys are not looked at.
func (c *centre) schedule(ctx context.Context) error {
	return c.db.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version,
			starts_at, minutes, state, created_by, created_at, state_at)
			VALUES ($1, 'B1', 'bench', $2, '1', '09002', 'bench', 'r', 1, now(), 90, 'RUNNING', 'bench', now(), now())`,
			hallSitting, hallVenue)
		return err
	})
}

// enrol makes a node known under its key.
func (c *centre) enrol(ctx context.Context, name string, key *sm.PublicKey) error {
	_, err := c.db.Exec(ctx, `INSERT INTO node (id, venue, name, state, public_key, certificate, not_after, enrolled_at, changed_at)
		VALUES ($1, $2, $1, 'ACTIVE', $3, '', $4, now(), now())`, name, hallVenue, key.DER(), time.Now().Add(time.Hour))
	return err
}

// holds fails unless ledger and sittings have every record of a node.
func (c *centre) holds(ctx context.Context, name string, records int) error {
	for _, table := range []string{"node_record", "exam_answer"} {
		var n int
		err := c.db.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE node = $1`, name).Scan(&n)
		if err != nil {
			return err
		}
		if n != records {
			return fmt.Errorf("%s has %d of %d records", table, n, records)
		}
	}
	return nil
}
