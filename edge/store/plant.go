//go:build plant

package store

import (
	"os"
	"time"
)

// planted reads PLANT, to prove that the drill finds what it switches on. This
// file is in no release binary.
func (s *seams) planted() {
	if os.Getenv("PLANT") == "ack-before-commit" {
		s.ackEarly = ackAndDawdle
	}
}

// ackAndDawdle makes the window between the answer and the disk as wide as a
// lazy flush would, so that a drill of a few kills meets it.
// It begins when the file that PLANT_WHEN names is there: what is read right
// after it was written would miss it, and no sitting could even be opened.
func ackAndDawdle(ops []*op) {
	if _, err := os.Stat(os.Getenv("PLANT_WHEN")); err != nil {
		return
	}
	for _, o := range ops {
		if o.err == nil {
			o.finish(nil)
		}
	}
	<-time.After(40 * time.Millisecond)
}
