//go:build !plant

package store

// seams are where a test may plant a fault. A build without the tag "plant"
// has none that could be switched on from outside.
type seams struct {
	// ackEarly, when set, wakes the waiters of a group before it is written.
	ackEarly func([]*op)
}

func (*seams) planted() {}
