package batch

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// inOne is how many cases one call takes: a page shows progress after each.
const inOne = 20

// Asked is what is to be done to the cases of a batch.
type Asked struct {
	Event licensing.Event `json:"event" enum:"submit,receive,accept,make_certificate,certificate_done"`
	After int             `json:"after" minimum:"0" doc:"从这一行之后继续"`
}

// Result is what was done to the case of a line, or why it was not.
type Result struct {
	No   int    `json:"no"`
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text" doc:"没有办成的原因"`
}

// Results are those of one call. Next is where to go on; 0: nothing is left.
type Results struct {
	Items []Result `json:"items"`
	Next  int      `json:"next"`
}

// Act makes an event happen to the next cases of a batch that can meet it, each in
// a transaction of its own and with the checks of a single case; what cannot be
// done is told of the line. Faults: missing, licensing.batch.event.
func (s *Service) Act(ctx context.Context, id string, in Asked) (Results, error) {
	st, known := steps[in.Event]
	if !known {
		return Results{}, fault.New(fault.Invalid, "licensing.batch.event", "这一步须逐件办理，不能批量操作")
	}
	actor, scope, err := who(ctx, st.perm, st.company)
	if err != nil {
		return Results{}, err
	}
	b, err := s.batch(ctx, s.DB, id, scope)
	if err != nil {
		return Results{}, err
	}
	return s.each(ctx, &b, st.from, in.After, nil, func(tx pgx.Tx, r *Row) error {
		_, err := s.Cases.CompanyDo(ctx, tx, r.Case, actor, in.Event, fmt.Sprintf("batch:%s-%s", b.ID, in.Event), "企业批次 "+b.Number)
		return err
	})
}

// each does something to the next lines whose case is in one of the states; with
// only, to no others than these.
func (s *Service) each(ctx context.Context, b *Batch, from []licensing.State, after int, only []int, do func(tx pgx.Tx, r *Row) error) (Results, error) {
	out := Results{Items: []Result{}}
	rows, err := db.All[Row](ctx, s.DB, nextSQL, b.ID, after, from, inOne+1)
	if err != nil {
		return out, err
	}
	if len(rows) > inOne {
		rows = rows[:inOne]
		out.Next = rows[inOne-1].No
	}
	for i := range rows {
		r := &rows[i]
		if only != nil && !slices.Contains(only, r.No) {
			continue
		}
		err := s.genuine(b, r)
		if err == nil {
			err = s.DB.InTx(ctx, func(tx pgx.Tx) error { return do(tx, r) })
		}
		if err != nil && fault.From(err).Kind.Ours() {
			return out, err
		}
		res := Result{No: r.No, Name: r.Name, OK: err == nil}
		if err != nil {
			res.Text = text(err)
		}
		out.Items = append(out.Items, res)
	}
	return out, nil
}

// genuine refuses a line that was pointed at another case behind the program's
// back. Fault: licensing.batch.tampered.
func (s *Service) genuine(b *Batch, r *Row) error {
	if r.Code == b.CompanyCode && s.Keys.CheckRowMAC(r.MAC, r.parts()...) {
		return nil
	}
	return fault.Newf(fault.Precondition, "licensing.batch.tampered", "批次 %s 第 %d 行的数据被改动过，已停止办理，请联系安全管理员", b.Number, r.No)
}

// Seen is that a clerk has seen the originals of a material.
type Seen struct {
	Code  string `json:"code" maxLength:"3"`
	Rows  []int  `json:"rows" maxItems:"500" doc:"核对了哪些行"`
	After int    `json:"after" minimum:"0"`
}

// Originals notes that a clerk has seen the originals that a company brought.
// Faults: missing, licensing.batch.originals.
func (s *Service) Originals(ctx context.Context, id string, in Seen) (Results, error) {
	actor, err := auth.Require(ctx, application.PermSubmit)
	if err != nil {
		return Results{}, err
	}
	b, err := s.batch(ctx, s.DB, id, "")
	if err != nil {
		return Results{}, err
	}
	if len(in.Rows) == 0 {
		return Results{}, fault.New(fault.Invalid, "licensing.batch.originals", "请先勾选已核对原件的人员")
	}
	return s.each(ctx, &b, []licensing.State{licensing.Draft}, in.After, in.Rows, func(tx pgx.Tx, r *Row) error {
		return s.Cases.CompanyAttach(ctx, tx, r.Case, actor, in.Code, "", nil)
	})
}
