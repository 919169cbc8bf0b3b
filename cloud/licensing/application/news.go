package application

import (
	"context"
	"time"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
)

// News is what has just happened to a case, for the outside systems that are told
// of every step. The case is as it stands after the event.
type News struct {
	Case    Case
	Matter  matter.Definition
	Event   licensing.Event
	From    licensing.State
	At      time.Time
	By      string // name of the official; 系统 for the system's own events
	Text    string // the reason that the applicant is told; opinions among officials are not in it
	Clocks  []Clock
	Defects []Defect       // with RequireCorrection
	Letter  *letter.Letter // what the event issued
}

// tell passes an event on, in its transaction: whoever listens writes down what is
// to be sent and sends it later.
func (s *Service) tell(ctx context.Context, w *work, at time.Time, issued *letter.Letter) error {
	if s.Tell == nil {
		return nil
	}
	text := ""
	if told[w.event] {
		text = w.order.Text
	}
	return s.Tell(ctx, w.tx, News{
		Case: *w.Case, Matter: w.def, Event: w.event, From: w.from, At: at, By: w.actor.Name, Text: text,
		Clocks: w.clock, Defects: w.order.Defects, Letter: issued,
	})
}
