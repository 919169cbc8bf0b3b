//go:build plant

package uplink

import (
	"os"

	"huyun.internal/protocol/link"
)

// seams are where a fault may be planted to prove that the drill finds it. This
// file is in no release binary.
type seams struct{ trimOnToken bool }

func (s *seams) planted() { s.trimOnToken = os.Getenv("PLANT") == "trim-on-token" }

// active: the fault begins when the file that PLANT_WHEN names is there: before that, a
// sitting has to be opened, and there is nothing to lose yet.
func (s *seams) active() bool {
	_, err := os.Stat(os.Getenv("PLANT_WHEN"))
	return s.trimOnToken && err == nil
}

// onToken takes the broker's acknowledgement for the cloud's.
func (s *seams) onToken(u *Uplink, b *link.Batch) func() {
	if !s.active() {
		return nil
	}
	last := b.Last()
	return func() {
		select {
		case u.planted <- &link.Ack{Lane: b.Lane, Session: b.Session, Number: b.Number, Status: link.StatusOK, Through: last.Seq, Hash: last.Hash}:
		default:
		}
	}
}

// deaf: what was trimmed cannot be sent again, so the cloud asks in vain.
func (s *seams) deaf() bool { return s.active() }
