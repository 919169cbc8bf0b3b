package linktest

import (
	"fmt"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
)

// Pure is a Peer around link.Receiver alone: its memory is its disk.
type Pure struct {
	Receiver link.Receiver
	records  []journal.Record
	cursor   journal.Position
}

// Receive judges and stores.
func (p *Pure) Receive(b *link.Batch) (*link.Ack, error) {
	v := p.Receiver.Judge(p.cursor, b, func(seq uint64) (sm.Digest, bool) {
		if seq == 0 || seq > uint64(len(p.records)) {
			return sm.Digest{}, false
		}
		return p.records[seq-1].Hash, true
	})
	if err := journal.Verify(p.cursor, v.Fresh); err != nil {
		return nil, fmt.Errorf("judged fresh: %w", err)
	}
	p.records = append(p.records, v.Fresh...)
	if v.Ack.Status == link.StatusOK {
		p.cursor = v.Ack.Position()
	}
	return v.Ack, nil
}

// Cursor is how far it has stored.
func (p *Pure) Cursor() (journal.Position, error) { return p.cursor, nil }

// Restart loses nothing.
func (p *Pure) Restart() error { return nil }

// Stored is everything.
func (p *Pure) Stored() ([]journal.Record, error) { return p.records, nil }

// Forget cuts what is stored back to n records, as restoring an old backup does.
func (p *Pure) Forget(n int) {
	p.records = p.records[:n]
	p.cursor = journal.Position{}
	if n > 0 {
		p.cursor = p.records[n-1].Position()
	}
}

var _ Peer = (*Pure)(nil)
