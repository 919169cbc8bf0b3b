package main

import (
	"context"
	"encoding/binary"
	"log/slog"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/jackc/pgx/v5"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"huyun.internal/protocol/journal"
)

// rawPipe is the yardstick of the drain: paho → mochi → COPY into a staging
// table and INSERT SELECT into one table with a key, a commit a batch. No
// crypto, no compression, no chain, no checks, no meaning: bytes become rows.
// As many batches as ours are under way at once; their answer is a channel.
type rawPipe struct {
	conn      *pgx.Conn
	out       paho.Client
	committed chan error
	node      string // whose records these are
}

const rawTopic, rawWindow = "raw/up", 8

func openPipe(ctx context.Context, dsn string) (p *rawPipe, err error) {
	p = &rawPipe{committed: make(chan error, rawWindow)}
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	tcp := listeners.NewTCP(listeners.Config{ID: "raw", Address: "127.0.0.1:0"})
	var reader paho.Client
	in := func(_ paho.Client, m paho.Message) { p.committed <- p.store(ctx, m.Payload()) }
	for _, step := range []func() error{
		func() (err error) { p.conn, err = pgx.Connect(ctx, dsn); return err },
		func() (err error) {
			_, err = p.conn.Exec(ctx, `CREATE TEMP TABLE staging (seq bigint, at timestamptz, body bytea) ON COMMIT DELETE ROWS;
				CREATE TABLE raw_record (node text, seq bigint, at timestamptz, kind text, subject text, body bytea, PRIMARY KEY (node, seq))`)
			return err
		},
		func() error { return server.AddHook(new(auth.AllowHook), nil) },
		func() error { return server.AddListener(tcp) },
		server.Serve,
		func() (err error) { p.out, err = connected(tcp.Address(), "writer"); return err },
		func() (err error) { reader, err = connected(tcp.Address(), "reader"); return err },
		func() error { return done(reader.Subscribe(rawTopic, 1, in)) },
	} {
		err = step()
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// drain sends every batch and returns when all are committed.
func (p *rawPipe) drain(node string, batches func() ([]journal.Record, error)) error {
	p.node = node
	for flying := 0; ; flying++ {
		recs, err := batches()
		for err == nil && flying > 0 && (len(recs) == 0 || flying == rawWindow) {
			err = <-p.committed
			flying--
		}
		if err != nil || len(recs) == 0 {
			return err
		}
		var b []byte
		for _, r := range recs {
			b = binary.BigEndian.AppendUint64(b, r.Seq)
			b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMicro()))
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(r.Body))), r.Body...)
		}
		p.out.Publish(rawTopic, 1, false, b)
	}
}

func (p *rawPipe) store(ctx context.Context, b []byte) error {
	return pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"staging"}, []string{"seq", "at", "body"}, pgx.CopyFromFunc(func() ([]any, error) {
			if len(b) == 0 {
				return nil, nil
			}
			end := 20 + binary.BigEndian.Uint32(b[16:])
			row := []any{binary.BigEndian.Uint64(b), time.UnixMicro(int64(binary.BigEndian.Uint64(b[8:]))), b[20:end]}
			b = b[end:]
			return row, nil
		}))
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO raw_record
				SELECT $1, seq, at, 'exam.answer', 'sitting-1', body FROM staging ON CONFLICT DO NOTHING`, p.node)
		}
		return err
	})
}
