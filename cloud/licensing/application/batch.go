package application

import (
	"context"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

// several are the events that can be made to happen to many cases at once: those
// that decide nothing about anybody. A decision is made case by case (行政许可法
// §38), and a delivery is signed by each.
var several = []licensing.Event{licensing.Receive, licensing.Assign, licensing.MakeCertificate, licensing.CertificateDone}

// Several is one act on many cases.
type Several struct {
	ID       string          `json:"event_id" minLength:"8" maxLength:"50" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号"`
	Event    licensing.Event `json:"event" enum:"receive,assign,make_certificate,certificate_done"`
	Assignee string          `json:"assignee,omitempty" maxLength:"40" doc:"分派给的审查员"`
	Cases    []Picked        `json:"cases" minItems:"1" maxItems:"200"`
}

// Picked is a case as the page saw it.
type Picked struct {
	ID      string `json:"id" maxLength:"40"`
	Version int    `json:"version" minimum:"1"`
}

// Outcome is what became of one of them.
type Outcome struct {
	ID      string `json:"id"`
	ApplyNo string `json:"apply_no"`
	Done    bool   `json:"done"`
	Why     string `json:"why" doc:"没有办成的原因"`
}

// DoSeveral makes an event happen to each case in a transaction of its own: one
// that cannot be does not hold up the others. Faults: auth.forbidden,
// licensing.case.batch.event.
func (s *Service) DoSeveral(ctx context.Context, in Several) ([]Outcome, error) {
	if !slices.Contains(several, in.Event) {
		return nil, fault.New(fault.Invalid, "licensing.case.batch.event", "这一步须逐件办理，不能批量办理")
	}
	if _, err := auth.Require(ctx, perms[in.Event]); err != nil {
		return nil, err
	}
	out := make([]Outcome, 0, len(in.Cases))
	for _, c := range in.Cases {
		p, err := s.Do(ctx, c.ID, in.Event, Order{ID: in.ID, Version: c.Version, Assignee: in.Assignee})
		switch f := fault.From(err); {
		case err == nil:
			out = append(out, Outcome{ID: c.ID, ApplyNo: p.ApplyNo, Done: true})
		case f.Kind == fault.Internal:
			return out, err
		default:
			out = append(out, Outcome{ID: c.ID, Why: f.Text})
		}
	}
	return out, nil
}

// Reviewers are whom a case can be assigned to, and who can verify with another.
func (s *Service) Reviewers(ctx context.Context) ([]Officer, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return nil, err
	}
	list, err := s.Staff(ctx, s.DB, PermReview)
	if list == nil {
		list = []Officer{}
	}
	return list, err
}
