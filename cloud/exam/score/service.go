package score

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Service rescores and publishes.
type Service struct {
	db       *db.DB
	keys     *keys.Ring
	audit    *audit.Log
	clock    clock.Clock
	sittings *sitting.Service
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, s *sitting.Service) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c, sittings: s}
}

// Result is a round and the state it has brought the sitting to.
type Result struct {
	State sitting.State `json:"state"`
	Round *Round        `json:"round,omitempty"`
}

// Run compares, makes every paper again and rescores every answer of a closed
// sitting. Run again, it replaces the round and withdraws a confirmation.
// Faults: exam.sitting.score.state, exam.sitting.package.none.
func (s *Service) Run(ctx context.Context, id string) (Result, error) {
	actor, err := auth.Require(ctx, PermRun)
	if err != nil {
		return Result{}, err
	}
	var out Result
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, PermRun, id)
		if err != nil {
			return err
		}
		if err := s.sittings.Move(ctx, tx, &in, sitting.VerbScore); err != nil {
			return err
		}
		r := Round{Sitting: id, RunAt: s.clock.Now(), RunBy: actor.Name}
		if err := s.rescoreAll(ctx, tx, &r); err != nil {
			return err
		}
		r.MAC = s.roundMAC(r)
		_, err = tx.Exec(ctx, putRoundSQL, id, r.RunAt, r.RunBy, r.Attempts, r.Differences, r.Comparison, r.MAC)
		if err != nil {
			return fmt.Errorf("store round: %w", err)
		}
		err = s.sittings.Note(ctx, tx, id, sitting.Receipt{
			Kind: sitting.ReceiptScored, Ref: r.RunAt.UTC().Format("20060102150405.000000"), OK: r.Differences == 0, Who: actor.Name, At: r.RunAt,
			Text: fmt.Sprintf("复算 %d 份答卷，差异 %d 处", r.Attempts, r.Differences),
		})
		if err != nil {
			return err
		}
		out = Result{State: in.State, Round: &r}
		return s.audit.Record(ctx, tx, PermRun, id, map[string]any{"attempts": r.Attempts, "differences": r.Differences})
	})
}

func (s *Service) rescoreAll(ctx context.Context, tx pgx.Tx, r *Round) error {
	sent, err := s.sittings.SentTo(ctx, tx, r.Sitting)
	if err != nil {
		return err
	}
	index, err := exam.NewIndex(sent.Range)
	if err != nil {
		return err
	}
	plan, err := exam.Prepare(sent.Rule, index)
	if err != nil {
		return err
	}
	list, err := attempts(ctx, tx, r.Sitting)
	if err != nil {
		return err
	}
	rows, items := make([][]any, len(list)), tallies{}
	for i, a := range list {
		paper := sent.Paper(plan, r.Sitting, a.Candidate)
		sc, err := rescore(a, &paper, index, r.Sitting)
		if err != nil {
			return err
		}
		items.add(a, &paper, &sc)
		if skips() && sc.Edge != nil {
			sc.Score, sc.ScoreOK, sc.Difference = *sc.Edge, true, ""
		}
		if sc.Difference != "" {
			r.Differences++
		}
		sc.MAC = s.keys.RowMAC(sc.parts()...)
		rows[i] = []any{
			sc.Sitting, sc.Attempt, sc.Candidate, sc.Edge, sc.Score, sc.Full, sc.Pass, sc.Passed, sc.Answered, sc.PaperOK,
			sc.AnswersOK, sc.ScoreOK, sc.Voided, sc.Difference, sc.Items, sc.MAC,
		}
	}
	r.Attempts = len(list)
	if err := s.figures(ctx, tx, r, list); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, clearSQL, r.Sitting); err != nil {
		return fmt.Errorf("clear scores: %w", err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"exam_score"}, scoreColumns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("store scores: %w", err)
	}
	return items.store(ctx, tx, r.Sitting)
}

func (s *Service) figures(ctx context.Context, tx pgx.Tx, r *Round, list []*Attempt) error {
	venue, closed, err := one[Figures](ctx, tx, venueFiguresSQL, r.Sitting)
	if err != nil {
		return err
	}
	cloud, _, err := one[Figures](ctx, tx, cloudFiguresSQL, r.Sitting)
	if err != nil {
		return err
	}
	cloud.Digest = handins(list)
	r.Comparison = compare(venue, cloud)
	if !closed {
		r.Comparison = append(r.Comparison, Line{"closed", "结束场次报告", "无", "未收到", false})
	}
	var anomalies int
	if err := tx.QueryRow(ctx, anomaliesSQL, r.Sitting).Scan(&anomalies); err != nil {
		return fmt.Errorf("count anomalies: %w", err)
	}
	r.Comparison = append(r.Comparison, Line{"anomaly", "相互矛盾的上报", "0", strconv.Itoa(anomalies), anomalies == 0})
	for _, l := range r.Comparison {
		if !l.OK {
			r.Differences++
		}
	}
	return nil
}

// parts are what a score's MAC covers.
func (c *Score) parts() [][]byte {
	items, _ := json.Marshal(c.Items) // strings, booleans and integers: cannot fail
	text := fmt.Sprintf("%d %d %d %t %d %t %t %t", c.Score, c.Full, c.Pass, c.Passed, c.Answered, c.PaperOK, c.AnswersOK, c.ScoreOK)
	return [][]byte{
		[]byte("exam_score"), []byte(c.Sitting), []byte(c.Attempt), []byte(c.Candidate), []byte(text), []byte(c.Voided), []byte(c.Difference), items,
	}
}

func (s *Service) roundMAC(r Round) []byte { return s.keys.RowMAC(r.parts()...) }

func (r *Round) parts() [][]byte {
	text := func(p *string) []byte {
		if p == nil {
			return nil
		}
		return []byte(*p)
	}
	return [][]byte{
		[]byte("exam_score_round"), []byte(r.Sitting), stamp(&r.RunAt), []byte(strconv.Itoa(r.Attempts)), []byte(strconv.Itoa(r.Differences)),
		text(r.ConfirmedBy), stamp(r.ConfirmedAt), []byte(r.Waiver), text(r.PublishedBy), stamp(r.PublishedAt),
	}
}

// errTampered tells of a row that was changed behind the program's back.
var errTampered = fault.New(fault.Internal, "exam.score.tampered", "成绩数据被改动过，已停止发布，请立即联系安全管理员核查")

// sign locks a round, checks its MAC, lets do change it and signs it again.
func (s *Service) sign(ctx context.Context, perm, id string, do func(tx pgx.Tx, in *sitting.Sitting, r *Round) error) (Result, error) {
	var out Result
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, perm, id)
		if err != nil {
			return err
		}
		r, found, err := one[Round](ctx, tx, roundSQL, id)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.Precondition, "exam.score.none", "本场次还没有复算成绩，请先复算")
		}
		if !s.keys.CheckRowMAC(r.MAC, r.parts()...) {
			return errTampered
		}
		if err := do(tx, &in, &r); err != nil {
			return err
		}
		r.MAC = s.roundMAC(r)
		out = Result{State: in.State, Round: &r}
		return saveRound(ctx, tx, r)
	})
}

// Confirm is the first person's word for the results. Faults: exam.score.none,
// exam.score.confirm.done, .waiver, exam.score.tampered.
func (s *Service) Confirm(ctx context.Context, id, waiver string) (Result, error) {
	actor, err := auth.Require(ctx, PermConfirm)
	if err != nil {
		return Result{}, err
	}
	return s.sign(ctx, PermConfirm, id, func(tx pgx.Tx, _ *sitting.Sitting, r *Round) error {
		if err := r.confirm(actor.ID, actor.Name, waiver, s.clock.Now()); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermConfirm, id, map[string]any{"differences": r.Differences, "waiver": r.Waiver})
	})
}

// Publish is the second person's: scores become final and the venue is told.
// Faults: exam.score.none, exam.score.publish.unconfirmed, .self,
// exam.sitting.publish.state, exam.score.tampered.
func (s *Service) Publish(ctx context.Context, id string) (Result, error) {
	actor, err := auth.Require(ctx, PermPublish)
	if err != nil {
		return Result{}, err
	}
	return s.sign(ctx, PermPublish, id, func(tx pgx.Tx, in *sitting.Sitting, r *Round) error {
		if err := r.publish(actor.ID, actor.Name, s.clock.Now()); err != nil {
			return err
		}
		if err := s.sittings.Move(ctx, tx, in, sitting.VerbPublish); err != nil {
			return err
		}
		list, err := collect[Score](ctx, tx, scoresSQL, id)
		if err != nil {
			return err
		}
		if len(list) != r.Attempts {
			return errTampered
		}
		order := wire.ResultPublished{Sitting: id, Scores: map[string]int{}, By: []string{r.ConfirmedName, r.PublishedName}}
		for i := range list {
			if !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...) {
				return errTampered
			}
			order.Scores[list[i].Attempt] = list[i].Score
		}
		if err := s.sittings.Order(ctx, tx, *in, wire.OrderResult, order); err != nil {
			return err
		}
		err = s.sittings.Note(ctx, tx, id, sitting.Receipt{
			Kind: sitting.ReceiptPublished, Ref: "published", OK: true, Who: actor.Name, At: s.clock.Now(),
			Text: fmt.Sprintf("成绩已发布：%s 确认，%s 发布", r.ConfirmedName, r.PublishedName),
		})
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermPublish, id, map[string]any{"attempts": len(list), "confirmed_by": *r.ConfirmedBy})
	})
}

// Round reads the state of a sitting's rescoring; no round is no fault.
func (s *Service) Round(ctx context.Context, id string) (Result, error) {
	in, err := s.sittings.Readable(ctx, s.db, PermList, id)
	if err != nil {
		return Result{}, err
	}
	out := Result{State: in.State}
	r, found, err := one[Round](ctx, s.db, roundSQL, id)
	if found {
		out.Round = &r
	}
	return out, err
}

// List finds results of a sitting; names are masked.
func (s *Service) List(ctx context.Context, id string, f Filter, page db.Page) (db.List[Row], error) {
	if _, err := s.sittings.Readable(ctx, s.db, PermList, id); err != nil {
		return db.List[Row]{}, err
	}
	out, err := listScores(ctx, s.db, id, f, page)
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// exportRows is more than any sitting has candidates.
const exportRows = 200

// Export is a workbook of a sitting's results with full names.
func (s *Service) Export(ctx context.Context, id string) (book []byte, number string, err error) {
	in, err := s.sittings.Readable(ctx, s.db, PermExport, id)
	if err != nil {
		return nil, "", err
	}
	columns := []sheet.Column{
		{Name: "准考证号", Width: 20}, {Name: "姓名", Width: 12}, {Name: "身份证号", Width: 24}, {Name: "座位", Width: 8},
		{Name: "成绩", Width: 8}, {Name: "满分", Width: 8}, {Name: "合格分", Width: 8}, {Name: "结论", Width: 10},
		{Name: "违纪", Width: 8}, {Name: "差异", Width: 40},
	}
	var rows [][]any
	for page := 1; ; page++ {
		list, err := listScores(ctx, s.db, id, Filter{}, db.Page{Page: page, PageSize: exportRows})
		if err != nil {
			return nil, "", err
		}
		for _, r := range list.Items {
			rows = append(rows, []any{
				r.Admission, r.Name, r.IDNo, r.Seat, points(r.Score), points(r.Full), points(r.Pass), verdict(r), r.Voided, r.Difference,
			})
		}
		if len(rows) >= list.Total || len(list.Items) == 0 {
			break
		}
	}
	book, err = sheet.Write("成绩", columns, rows)
	if err != nil {
		return nil, "", err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		return s.audit.Record(ctx, tx, PermExport, id, map[string]any{"rows": len(rows)})
	})
	return book, in.Number, err
}

func points(tenths int) float64 { return float64(tenths) / 10 }

func verdict(r Row) string {
	switch {
	case r.Voided != "":
		return "成绩无效"
	case r.Passed:
		return "合格"
	}
	return "不合格"
}
