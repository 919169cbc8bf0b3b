//go:build plant

package store

import (
	"os"
	"time"
)

// seams are where a fault may be planted, to prove that the drill finds it.
type seams struct {
	// ackEarly, when set, wakes the waiters of a group before it is written.
	ackEarly func([]*op)
}

// planted reads PLANT. This file is in no release binary.
func (s *seams) planted() {
	if os.Getenv("PLANT") == "ack-before-commit" {
		s.ackEarly = ackAndDawdle
	}
}

// ackAndDawdle makes the window between the answer and the disk as wide as a
// lazy flush would, so that a drill of a few kills meets it.
func ackAndDawdle(ops []*op) {
	for _, o := range ops {
		if o.err == nil {
			o.finish(nil)
		}
	}
	<-time.After(200 * time.Millisecond)
}
