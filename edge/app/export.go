package app

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"log/slog"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
)

// exportBytes is about how much of record bodies goes into one frame.
const exportBytes = 128 << 10

// Export writes a packet of every record the centre has not confirmed to w and
// returns how many there were. With all, it begins at the first record the store still has.
func Export(w io.Writer, st *store.Store, key sm.Keeper, cloud *sm.PublicKey, node string, all bool) (int, error) {
	out, err := link.NewPacket(w, node)
	if err != nil {
		return 0, err
	}
	var session [8]byte
	if _, err := rand.Read(session[:]); err != nil {
		return 0, err
	}
	total := 0
	for _, lane := range journal.Lanes() {
		e := exporter{out: out, journal: st.Journal(lane), lane: lane, key: key, cloud: cloud, node: node, session: binary.BigEndian.Uint64(session[:])}
		if !all {
			e.prev = st.Acked(lane)
		}
		n, err := e.run()
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, out.Close()
}

type exporter struct {
	out     *link.PacketWriter
	journal journal.Store
	lane    string
	key     sm.Keeper
	cloud   *sm.PublicKey
	node    string
	session uint64
	number  uint64
	prev    journal.Position
}

func (e *exporter) run() (int, error) {
	head, err := e.journal.Head()
	if err != nil {
		return 0, err
	}
	total := 0
	for e.prev.Seq < head.Seq {
		recs, err := e.journal.Read(e.prev.Seq+1, link.MaxRecords, exportBytes)
		if err != nil || len(recs) == 0 {
			return total, err
		}
		if err := e.frame(recs); err != nil {
			return total, err
		}
		total += len(recs)
		e.prev = recs[len(recs)-1].Position()
	}
	return total, nil
}

func (e *exporter) frame(recs []journal.Record) error {
	last := recs[len(recs)-1].Position()
	check := journal.Checkpoint{Node: e.node, Lane: e.lane, Position: last}
	if err := check.Sign(e.key, time.Now()); err != nil {
		return err
	}
	e.number++
	raw, err := link.EncodeFrame(&link.Batch{
		Lane: e.lane, Session: e.session, Number: e.number, Prev: e.prev, Records: recs, Checkpoint: check,
	})
	if err != nil {
		return err
	}
	sealed, err := envelope.Seal(e.key, e.cloud, []byte(topic.Up(e.node)), raw)
	if err != nil {
		return err
	}
	return e.out.Add(sealed)
}

// ExportFrom opens the store of a stopped venue and writes the packet.
func ExportFrom(c Config, w io.Writer, all bool, log *slog.Logger) (int, error) {
	n, err := loadNode(c)
	if err != nil {
		return 0, err
	}
	st, err := store.Open(c.storeDir(), store.Options{Node: n.enrolment.Node, Log: log})
	if err != nil {
		return 0, err
	}
	defer func() { _ = st.Close() }() // only read from
	return Export(w, st, n.key, n.cloud, n.enrolment.Node, all)
}
