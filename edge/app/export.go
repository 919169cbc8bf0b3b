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
	frame := func(b *link.Batch) error {
		raw, err := link.EncodeFrame(b)
		if err != nil {
			return err
		}
		sealed, err := envelope.Seal(key, cloud, []byte(topic.Up(node)), raw)
		if err != nil {
			return err
		}
		return out.Add(sealed)
	}
	total := 0
	for _, lane := range journal.Lanes() {
		var prev journal.Position
		if !all {
			prev = st.Acked(lane)
		}
		n, err := link.Batches(link.Config{
			Lane: lane, Session: binary.BigEndian.Uint64(session[:]), Sign: func(p journal.Position) (journal.Checkpoint, error) {
				check := journal.Checkpoint{Node: node, Lane: lane, Position: p}
				return check, check.Sign(key, time.Now())
			},
		}, st.Journal(lane), prev, frame)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, out.Close()
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
