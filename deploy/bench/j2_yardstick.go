package main

import (
	"context"
	"encoding/binary"
	"log/slog"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
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
	pool      *pgxpool.Pool
	out       paho.Client
	committed chan error
	node      string // whose records these are
	stop      func()
}

const rawTopic, rawWindow = "raw/up", 4

func openPipe(ctx context.Context, pool *pgxpool.Pool) (*rawPipe, error) {
	_, err := pool.Exec(ctx, `CREATE TABLE raw_record (node text, seq bigint, at timestamptz, kind text, subject text, body bytea,
		received_at timestamptz DEFAULT now(), PRIMARY KEY (node, seq))`)
	if err != nil {
		return nil, err
	}
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	tcp := listeners.NewTCP(listeners.Config{ID: "raw", Address: "127.0.0.1:0"})
	for _, step := range []func() error{
		func() error { return server.AddHook(new(auth.AllowHook), nil) },
		func() error { return server.AddListener(tcp) },
		server.Serve,
	} {
		err = step()
		if err != nil {
			return nil, err
		}
	}
	p := &rawPipe{pool: pool, committed: make(chan error, rawWindow)}
	clients := make([]paho.Client, 2)
	for i := range clients {
		clients[i] = paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + tcp.Address()).SetClientID(string(rune('a' + i))))
		token := clients[i].Connect()
		token.Wait()
		if token.Error() != nil {
			return nil, token.Error()
		}
	}
	p.out = clients[0]
	sub := clients[1].Subscribe(rawTopic, 1, func(_ paho.Client, m paho.Message) { p.committed <- p.store(ctx, m.Payload()) })
	sub.Wait()
	p.stop = func() { clients[0].Disconnect(0); clients[1].Disconnect(0); _ = server.Close() }
	return p, sub.Error()
}

// drain sends every batch and returns when all are committed.
func (p *rawPipe) drain(node string, read func(from uint64) ([]journal.Record, error)) error {
	p.node = node
	flying := 0
	for from := uint64(1); ; {
		recs, err := read(from)
		if err != nil {
			return err
		}
		for flying > 0 && (len(recs) == 0 || flying == rawWindow) {
			err = <-p.committed
			if err != nil {
				return err
			}
			flying--
		}
		if len(recs) == 0 {
			return nil
		}
		var b []byte
		for _, r := range recs {
			b = binary.BigEndian.AppendUint64(b, r.Seq)
			b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMicro()))
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(r.Body))), r.Body...)
		}
		p.out.Publish(rawTopic, 1, false, b)
		flying, from = flying+1, recs[len(recs)-1].Seq+1
	}
}

func (p *rawPipe) store(ctx context.Context, b []byte) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TEMP TABLE IF NOT EXISTS staging (seq bigint, at timestamptz, body bytea) ON COMMIT DELETE ROWS`)
		if err != nil {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"staging"}, []string{"seq", "at", "body"}, pgx.CopyFromFunc(func() ([]any, error) {
			if len(b) == 0 {
				return nil, nil
			}
			at, n := time.UnixMicro(int64(binary.BigEndian.Uint64(b[8:]))), binary.BigEndian.Uint32(b[16:])
			row := []any{int64(binary.BigEndian.Uint64(b)), at, b[20 : 20+n]}
			b = b[20+n:]
			return row, nil
		}))
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO raw_record (node, seq, at, kind, subject, body)
				SELECT $1, seq, at, 'exam.answer', 'sitting-1', body FROM staging ON CONFLICT DO NOTHING`, p.node)
		}
		return err
	})
}
