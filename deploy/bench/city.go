package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/office"
	"huyun.internal/protocol/clock"
)

// How many cases lie in the two offices that are compared.
const (
	fewCases  = 10_000
	manyCases = 1_000_000
)

// city are two licensing offices on one PostgreSQL that syncs as in production: one
// with few cases stored, one with many. A third database is the yardstick's.
type city struct {
	dir       string
	cluster   *db.Cluster
	few, many *office.Office
	yard      *db.DB
}

// once opens the city for whoever asks first, and closes it for all.
func once(work string) (get func() (*city, error), release func() error) {
	var c *city
	get = func() (*city, error) {
		if c != nil {
			return c, nil
		}
		dir := filepath.Join(work, "city")
		err := os.Mkdir(dir, 0o711) //nolint:gosec // PostgreSQL runs as an unprivileged user
		if err == nil {
			c, err = openCity(dir)
		}
		return c, err
	}
	return get, func() error {
		if c == nil {
			return nil
		}
		return c.close()
	}
}

func openCity(dir string) (c *city, err error) {
	ctx := context.Background()
	c = &city{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	err = os.Chmod(filepath.Dir(dir), 0o711) //nolint:gosec // PostgreSQL runs as an unprivileged user
	if err != nil {
		return c, err
	}
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	c.cluster, err = db.StartPrivate(ctx, filepath.Join(dir, "pg"), quiet)
	if err != nil {
		return c, err
	}
	c.few, err = c.office(ctx, "few", fewCases)
	if err == nil {
		c.many, err = c.office(ctx, "many", manyCases)
	}
	if err != nil {
		return c, err
	}
	c.yard, err = c.database(ctx, "yard", fewCases)
	return c, err
}

// office is an office with n cases.
func (c *city) office(ctx context.Context, name string, n int) (*office.Office, error) {
	d, err := c.database(ctx, name, n)
	if err != nil {
		return nil, err
	}
	d.Close()
	return office.Open(ctx, office.Options{
		Dir: filepath.Join(c.dir, name), DSN: c.named(name), Conns: j7Clients + 8, Now: clock.NewTest(time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)),
	})
}

// database is a migrated and filled database of a name.
func (c *city) database(ctx context.Context, name string, n int) (*db.DB, error) {
	d, err := db.Open(ctx, c.cluster.DSN(), db.Options{})
	if err != nil {
		return nil, err
	}
	_, err = d.Exec(ctx, "CREATE DATABASE "+name)
	d.Close()
	if err != nil {
		return nil, err
	}
	d, err = db.Open(ctx, c.named(name), db.Options{})
	if err != nil {
		return nil, err
	}
	err = db.Migrate(ctx, d)
	if err == nil {
		err = office.Fill(ctx, d, n)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("database %s: %w", name, err)
	}
	return d, nil
}

// named is where a database of the cluster is.
func (c *city) named(name string) string { return c.cluster.DSN() + " dbname=" + name }

func (c *city) close() error {
	for _, o := range []*office.Office{c.few, c.many} {
		if o != nil {
			o.Close()
		}
	}
	if c.yard != nil {
		c.yard.Close()
	}
	if c.cluster != nil {
		return c.cluster.Stop()
	}
	return nil
}

// socket is where the cluster listens, as PostgreSQL's own programs want it.
func (c *city) socket() (host, user string) {
	for part := range strings.FieldsSeq(c.cluster.DSN()) {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "host":
			host = strings.Trim(value, "'")
		case "user":
			user = strings.Trim(value, "'")
		}
	}
	return host, user
}
