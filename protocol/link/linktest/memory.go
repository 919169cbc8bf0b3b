package linktest

import (
	"time"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Memory is a journal in memory: the plain model that stores are compared with.
type Memory struct{ Records []journal.Record }

// Add appends a record.
func (m *Memory) Add(at time.Time, kind, subject string, body []byte) (journal.Record, error) {
	if err := journal.Check(kind, subject, body); err != nil {
		return journal.Record{}, err
	}
	head, _ := m.Head()
	r := journal.Next(head.Hash, head.Seq+1, at, kind, subject, body)
	m.Records = append(m.Records, r)
	return r, nil
}

// Head is the last position.
func (m *Memory) Head() (journal.Position, error) {
	if len(m.Records) == 0 {
		return journal.Position{}, nil
	}
	return m.Records[len(m.Records)-1].Position(), nil
}

// Read follows journal.Store.
func (m *Memory) Read(from uint64, maxRecords, maxBytes int) ([]journal.Record, error) {
	from = max(from, 1)
	var out []journal.Record
	size := 0
	for seq := from; seq <= uint64(len(m.Records)) && len(out) < max(maxRecords, 1); seq++ {
		r := m.Records[seq-1]
		size += r.Size()
		if len(out) > 0 && size > maxBytes {
			break
		}
		out = append(out, r)
	}
	return out, nil
}

// HashAt follows journal.Store.
func (m *Memory) HashAt(seq uint64) (sm.Digest, error) {
	if seq == 0 {
		return sm.Digest{}, nil
	}
	if seq > uint64(len(m.Records)) {
		return sm.Digest{}, journal.ErrMissing
	}
	return m.Records[seq-1].Hash, nil
}

var _ journal.Store = (*Memory)(nil)
