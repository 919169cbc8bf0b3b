package application

import (
	"context"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

const (
	// a case without a line has one that is empty, and is wrong
	coursesSQL = `SELECT c.id AS case_id, c.state, coalesce(e.seq, 0) AS seq, coalesce(e.event_id, '') AS event_id, coalesce(e.event, '') AS event,
		coalesce(e.from_state, '') AS from_state, coalesce(e.to_state, '') AS to_state, coalesce(e.at, c.created_at) AS at, coalesce(e.by_id, '') AS by_id,
		coalesce(e.by_name, '') AS by_name, coalesce(e.text, '') AS text, e.mac, lead(e.seq) OVER (PARTITION BY c.id ORDER BY e.seq) IS NULL AS last
		FROM licensing_case c LEFT JOIN licensing_event e ON e.case_id = c.id ORDER BY c.id, e.seq`
	answeredSQL = inquiryColumns + ` WHERE state = 'ANSWERED'`
)

// line is a line of any case's course, with the state in which the case is.
type line struct {
	Happening
	Case  string          `db:"case_id"`
	State licensing.State `db:"state"`
	Last  bool            `db:"last"`
}

// Prove checks every case, its course from the first line to the state that it is
// in, what registers answered, and its hearings. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_case", listSQL, func(c *Case) (string, bool) { return c.ApplyNo, s.genuine(c) == nil })
		},
		func() (proof.Table, error) {
			before := line{}
			return proof.Of(ctx, q, "licensing_event", coursesSQL, func(l *line) (string, bool) {
				if l.Case != before.Case {
					before = line{Case: l.Case}
				}
				sound := l.Seq == before.Seq+1 && s.keys.CheckRowMAC(l.MAC, l.parts(l.Case, before.MAC)...) && (!l.Last || l.To == l.State)
				before = *l
				return l.Case, sound
			})
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_query", answeredSQL, func(i *Inquiry) (string, bool) {
				return i.ID, i.AnsweredAt != nil && s.keys.CheckRowMAC(i.MAC, i.parts()...)
			})
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_hearing", hearingColumns, func(h *Hearing) (string, bool) {
				return h.Case, s.keys.CheckRowMAC(h.MAC, h.parts()...)
			})
		},
	)
}
