package history

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// device stands for the machine of every venue: it takes orders, opens packages
// and writes a journal. No such machine is enrolled, and nothing is sent to one.
type device struct {
	key    *sm.SoftKey
	orders map[string]json.RawMessage // the last of each kind
	seq    uint64
	head   sm.Digest
}

const prefix = "demo-device-"

func newDevice() (*device, error) {
	key, err := sm.Generate()
	return &device{key: key, orders: map[string]json.RawMessage{}}, err
}

// Append makes device the exam domain's Orders.
func (d *device) Append(_ context.Context, _ pgx.Tx, _, _, kind, _ string, body any) error {
	raw, err := json.Marshal(body)
	d.orders[kind] = raw
	return err
}

// NodeFor and VenueOf make device its Nodes.
func (d *device) NodeFor(_ context.Context, _ pgx.Tx, venue string) (string, *sm.PublicKey, error) {
	return prefix + venue, d.key.Public(), nil
}

// VenueOf is the reverse of NodeFor.
func (d *device) VenueOf(_ context.Context, _ pgx.Tx, node string) (string, error) {
	return strings.TrimPrefix(node, prefix), nil
}

// order is the last order of a kind.
func order[T any](d *device, kind string) (T, error) {
	raw, ok := d.orders[kind]
	if !ok {
		var none T
		return none, fmt.Errorf("no order %s", kind)
	}
	return wire.Decode[T](raw)
}

// record is the next record of the device.
func (d *device) record(at time.Time, kind, subject string, body any) (journal.Record, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return journal.Record{}, err
	}
	d.seq++
	r := journal.Next(d.head, d.seq, at, kind, subject, raw)
	d.head = r.Hash
	return r, nil
}
