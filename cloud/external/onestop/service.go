package onestop

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/fault"
)

// Message is a message as the console shows it.
type Message struct {
	ID        int64      `json:"id" db:"id"`
	ApplyNo   string     `json:"apply_no" db:"apply_no"`
	Case      string     `json:"case" db:"case_id"`
	Seq       int        `json:"seq" db:"seq" doc:"本办件内的序号；0 为尚未编号或不编号"`
	Endpoint  string     `json:"endpoint" db:"endpoint"`
	What      string     `json:"what" db:"-" doc:"报文种类"`
	Node      string     `json:"node" db:"node"`
	NodeName  string     `json:"node_name" db:"-"`
	OpTime    time.Time  `json:"op_time" db:"op_time"`
	State     State      `json:"state" db:"state" enum:"WAITING,SENT,REFUSED,SKIPPED"`
	Tries     int        `json:"tries" db:"tries"`
	LastError string     `json:"last_error" db:"last_error"`
	Receipt   string     `json:"receipt" db:"receipt"`
	CreatedAt time.Time  `json:"created_at" db:"created_at"`
	TriedAt   *time.Time `json:"tried_at,omitempty" db:"tried_at"`
	SentAt    *time.Time `json:"sent_at,omitempty" db:"sent_at"`
}

// Step is a line of a message's course.
type Step struct {
	At   time.Time `json:"at" db:"at"`
	What string    `json:"what" db:"what" enum:"FAILED,REFUSED,SENT,RESENT,SKIPPED"`
	Text string    `json:"text" db:"text"`
	By   string    `json:"by" db:"by_name"`
}

// Course is one message with what became of it, among those of its case.
type Course struct {
	Message Message   `json:"message"`
	Steps   []Step    `json:"steps"`
	Body    string    `json:"body" doc:"报文内容，不含文件"`
	Case    []Message `json:"case" doc:"同一办件的全部报文"`
}

// Filter narrows the log; empty fields do not.
type Filter struct {
	State, Node, Endpoint string
	From, To              time.Time
}

var endpointNames = map[string]string{
	saveApply: "办件登记", uploadStuff: "材料登记", submitApply: "提交申请", status: "办理状态", correction: "补正内容", result: "办理结果", document: "电子文书送达",
}

const (
	rowSQL = `SELECT m.id, m.apply_no, c.case_id, m.seq, m.endpoint, m.node, m.op_time, m.state, m.tries, m.last_error, m.receipt, m.created_at, m.tried_at, m.sent_at
		FROM onestop_message m JOIN onestop_case c ON c.apply_no = m.apply_no`
	someSQL     = `SELECT 1 FROM onestop_message m JOIN onestop_case c ON c.apply_no = m.apply_no`
	oneSQL      = rowSQL + ` WHERE m.id = $1`
	lockSQL     = oneSQL + ` FOR UPDATE OF m`
	ofCaseSQL   = rowSQL + ` WHERE m.apply_no = $1 ORDER BY m.id`
	bodySQL     = `SELECT body FROM onestop_message WHERE id = $1`
	stepsSQL    = `SELECT at, what, text, by_name FROM onestop_step WHERE message = $1 ORDER BY at`
	resendSQL   = `UPDATE onestop_message SET state = 'WAITING' WHERE id = $1`
	skipSQL     = `UPDATE onestop_message SET state = 'SKIPPED', seq = 0 WHERE id = $1`
	standingSQL = `SELECT count(*) FILTER (WHERE state = 'WAITING') AS waiting, count(*) FILTER (WHERE state = 'REFUSED') AS refused, min(created_at) AS oldest FROM onestop_message WHERE state IN ('WAITING', 'REFUSED')`
	lastSentSQL = `SELECT max(sent_at) AS at FROM onestop_message`
	lastFailSQL = `SELECT last_error FROM onestop_message WHERE state = 'WAITING' AND last_error <> '' ORDER BY tried_at DESC LIMIT 1`
)

var sorts = db.Sorts{"": "m.id DESC", "op_time": "m.op_time", "apply_no": "m.apply_no", "tries": "m.tries"}

// Messages is the log, newest first.
func (s *Service) Messages(ctx context.Context, f Filter, p db.Page) (db.List[Message], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Message]{}, err
	}
	w := new(db.Where).Eq("m.state", f.State).Eq("m.node", f.Node).Eq("m.endpoint", f.Endpoint)
	if !f.From.IsZero() {
		w.And("m.op_time >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("m.op_time <= ?", f.To)
	}
	w.Like(p.Q, "m.apply_no")
	out, err := db.SelectSome[Message](ctx, s.DB, rowSQL, someSQL, w, sorts, p)
	entitle(out.Items)
	return out, err
}

func entitle(list []Message) {
	for i := range list {
		m := &list[i]
		m.What, m.NodeName = endpointNames[m.Endpoint], nodeNames[m.Node]
	}
}

// Message is one message with its course.
func (s *Service) Message(ctx context.Context, id int64) (Course, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Course{}, err
	}
	return s.course(ctx, s.DB, id)
}

func (s *Service) course(ctx context.Context, q db.Q, id int64) (out Course, err error) {
	if out.Message, err = db.Row[Message](ctx, q, oneSQL, id); err != nil {
		return out, err
	}
	if out.Body, err = db.Value[string](ctx, q, bodySQL, id); err != nil {
		return out, err
	}
	out.Body = strings.Replace(out.Body, `"seq":0`, fmt.Sprintf(`"seq":%d`, out.Message.Seq), 1)
	if out.Steps, err = db.All[Step](ctx, q, stepsSQL, id); err != nil {
		return out, err
	}
	out.Case, err = db.All[Message](ctx, q, ofCaseSQL, out.Message.ApplyNo)
	entitle(out.Case)
	one := []Message{out.Message}
	entitle(one)
	out.Message = one[0]
	return out, err
}

// Resend tries a refused message again. Faults: missing, onestop.settle.state,
// .reason.
func (s *Service) Resend(ctx context.Context, id int64, reason string) (Course, error) {
	return s.settle(ctx, id, reason, "RESENT", resendSQL)
}

// Skip leaves a refused message out; those after it go on. Faults: as Resend.
func (s *Service) Skip(ctx context.Context, id int64, reason string) (Course, error) {
	return s.settle(ctx, id, reason, "SKIPPED", skipSQL)
}

func (s *Service) settle(ctx context.Context, id int64, reason, what, sql string) (Course, error) {
	actor, err := auth.Require(ctx, PermSettle)
	if err != nil {
		return Course{}, err
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < 4 {
		return Course{}, fault.New(fault.Invalid, "onestop.settle.reason", "请写明处理的原因，至少四个字")
	}
	var out Course
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		m, err := db.Row[Message](ctx, tx, lockSQL, id)
		if err != nil {
			return err
		}
		if m.State != Refused {
			return fault.New(fault.Conflict, "onestop.settle.state", "只有被拒收的报文需要处理，这一条已经不是拒收状态，请刷新")
		}
		if _, err := tx.Exec(ctx, sql, id); err != nil {
			return fmt.Errorf("settle message: %w", err)
		}
		if err := s.step(ctx, tx, id, what, reason, actor.Name); err != nil {
			return err
		}
		if s.Client != nil {
			if err := s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobSend, Key: m.ApplyNo}); err != nil {
				return err
			}
		}
		if out, err = s.course(ctx, tx, id); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, PermSettle, m.ApplyNo, map[string]any{"message": id, "what": what, "endpoint": m.Endpoint, "reason": reason})
	})
}

// Stock is the reserve of numbers for an item.
type Stock struct {
	Item  string    `json:"item_code" db:"item_code"`
	Free  int       `json:"free" db:"free"`
	GotAt time.Time `json:"got_at" db:"got_at"`
}

// Standing is how the connection stands.
type Standing struct {
	Configured bool       `json:"configured" doc:"是否配置了平台地址；未配置时报文保留待发"`
	Where      string     `json:"where"`
	Simulated  bool       `json:"simulated" doc:"对方是模拟平台"`
	Waiting    int        `json:"waiting" db:"waiting"`
	Refused    int        `json:"refused" db:"refused"`
	Oldest     *time.Time `json:"oldest,omitempty" db:"oldest" doc:"最早一条没有送到的报文写下的时间"`
	LastSent   *time.Time `json:"last_sent,omitempty"`
	Trouble    string     `json:"trouble" doc:"最近一次没有送到的原因"`
	Stocks     []Stock    `json:"stocks"`
}

// Standing tells how the connection stands.
func (s *Service) Standing(ctx context.Context) (Standing, error) {
	out := Standing{Configured: s.Client != nil}
	if _, err := auth.Require(ctx, PermList); err != nil {
		return out, err
	}
	if s.Client != nil {
		out.Where, out.Simulated = s.Client.Where(), s.Client.simulated.Load()
	}
	open, err := db.Row[struct {
		Waiting int        `db:"waiting"`
		Refused int        `db:"refused"`
		Oldest  *time.Time `db:"oldest"`
	}](ctx, s.DB, standingSQL)
	if err != nil {
		return out, err
	}
	out.Waiting, out.Refused, out.Oldest = open.Waiting, open.Refused, open.Oldest
	last, err := db.Row[struct{ At *time.Time }](ctx, s.DB, lastSentSQL)
	if err != nil {
		return out, err
	}
	out.LastSent = last.At
	why, _, err := db.Maybe[struct {
		Text string `db:"last_error"`
	}](ctx, s.DB, lastFailSQL)
	if err != nil {
		return out, err
	}
	out.Trouble = why.Text
	out.Stocks, err = db.All[Stock](ctx, s.DB, stocksSQL, s.year())
	return out, err
}
