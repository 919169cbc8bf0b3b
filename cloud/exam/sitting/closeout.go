package sitting

import (
	"context"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/wire"
)

const closeoutSQL = `SELECT c.who, c.second, c.booked::int AS booked, c.admitted::int AS admitted, c.absent::int AS absent, c.pending::int AS pending,
	c.issued::int AS issued, c.started::int AS started, c.unused::int AS unused, c.submitted::int AS submitted, c.terminated::int AS terminated,
	c.acknowledged::int AS acknowledged, c.waivers, c.digest, c.at,
	(SELECT count(*)::int FROM exam_handin h WHERE h.sitting = c.sitting) AS arrived
	FROM exam_closeout c WHERE c.sitting = $1`

// Closeout is a sitting as its venue closed it: the four sums, why each that did
// not meet was waived, and our word on it.
type Closeout struct {
	Closed  bool          `json:"closed" doc:"考场已结束场次"`
	Sums    []Sum         `json:"sums"`
	Waivers []wire.Waiver `json:"waivers" doc:"考场逐项写明的原因"`
	Who     string        `json:"who"`
	Second  string        `json:"second" doc:"第二确认人"`
	Digest  string        `json:"digest" doc:"考场上报的全场答卷摘要"`
	At      *time.Time    `json:"at,omitempty"`
	Then    int           `json:"then" doc:"考场结束时，中心已确认的交卷份数"`
	Receipt *Custody      `json:"receipt,omitempty" doc:"中心的签收，或为什么不签收"`
}

// Sum is one of the four equations: left = right.
type Sum struct {
	Code   string `json:"code" enum:"booked,issued,started,acknowledged"`
	Left   Term   `json:"left"`
	Right  []Term `json:"right"`
	Total  int    `json:"total"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason" doc:"不一致时考场写明的原因"`
}

// Term is a number with its name.
type Term struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

type closeoutRow struct {
	Who          string        `db:"who"`
	Second       string        `db:"second"`
	Booked       int           `db:"booked"`
	Admitted     int           `db:"admitted"`
	Absent       int           `db:"absent"`
	Pending      int           `db:"pending"`
	Issued       int           `db:"issued"`
	Started      int           `db:"started"`
	Unused       int           `db:"unused"`
	Submitted    int           `db:"submitted"`
	Terminated   int           `db:"terminated"`
	Acknowledged int           `db:"acknowledged"`
	Waivers      []wire.Waiver `db:"waivers"`
	Digest       string        `db:"digest"`
	At           time.Time     `db:"at"`
	Arrived      int           `db:"arrived"`
}

// Closeout reads how a sitting was closed; one that is not yet is no fault.
func (s *Service) Closeout(ctx context.Context, id string) (Closeout, error) {
	out := Closeout{Sums: []Sum{}, Waivers: []wire.Waiver{}}
	if _, err := s.readable(ctx, s.DB, PermList, sittingSQL, id); err != nil {
		return out, err
	}
	row, found, err := db.Maybe[closeoutRow](ctx, s.DB, closeoutSQL, id)
	if err != nil || !found {
		return out, err
	}
	out.Closed, out.Who, out.Second, out.Digest, out.At, out.Then = true, row.Who, row.Second, row.Digest, &row.At, row.Acknowledged
	out.Waivers, out.Sums = row.Waivers, row.sums()
	c, found, err := db.Maybe[Custody](ctx, s.DB, custodySQL, id)
	if found {
		out.Receipt = &c
	}
	return out, err
}

// sums are the venue's own numbers; the last compares its hand-ins with those
// that lie here now.
func (r closeoutRow) sums() []Sum {
	sum := func(code, name string, left int, right ...Term) Sum {
		s := Sum{Code: code, Left: Term{name, left}, Right: right}
		for _, t := range right {
			s.Total += t.N
		}
		s.OK = s.Total == left
		for _, w := range r.Waivers {
			if w.Code == code {
				s.Reason = w.Reason
			}
		}
		return s
	}
	return []Sum{
		sum("booked", "应考", r.Booked, Term{"入场", r.Admitted}, Term{"缺考", r.Absent - r.Pending}),
		sum("issued", "发卷", r.Issued, Term{"开考", r.Started}, Term{"未使用", r.Unused}),
		sum("started", "开考", r.Started, Term{"交卷", r.Submitted - r.Terminated}, Term{"强制收卷", r.Terminated}),
		sum("acknowledged", "交卷（含强制收卷）", r.Submitted, Term{"中心已收到", r.Arrived}),
	}
}
