package score

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/person"
)

// Service rescores and publishes.
type Service struct {
	db       *db.DB
	keys     *keys.Ring
	audit    *audit.Log
	clock    clock.Clock
	sittings *sitting.Service
	conduct  *conduct.Service
	credits  *credit.Service
}

// New makes the service.
func New(q *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, s *sitting.Service, d *conduct.Service, won *credit.Service) *Service {
	return &Service{db: q, keys: k, audit: a, clock: c, sittings: s, conduct: d, credits: won}
}

// Result is a round and the state it has brought the sitting to.
type Result struct {
	State   sitting.State `json:"state"`
	Round   *Round        `json:"round,omitempty"`
	Late    string        `json:"late,omitempty" doc:"复算之后又收到的记录，有则须重新复算"`
	Unruled int           `json:"unruled" doc:"尚未复核的违纪"`
	Earlier []Earlier     `json:"earlier,omitempty" doc:"更正前发布过的成绩"`
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
		_, err = tx.Exec(ctx, putRoundSQL, id, r.RunAt, r.RunBy, r.Attempts, r.Differences, r.Comparison, r.MAC, r.Basis)
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
	bearings, _, err := s.conduct.Bearings(ctx, tx, r.Sitting)
	if err != nil {
		return err
	}
	annulled, err := s.annulled(ctx, tx, r.Sitting)
	if err != nil {
		return err
	}
	if r.Basis, err = basisOf(ctx, tx, r.Sitting); err != nil {
		return err
	}
	rows, items := make([][]any, len(list)), tallies{}
	for i, a := range list {
		paper := sent.Paper(plan, r.Sitting, a.Candidate)
		sc, err := rescore(a, &paper, index, r.Sitting)
		if err != nil {
			return err
		}
		bearing := bearings[a.Candidate]
		items.add(a, &paper, &sc, bearing)
		if skips() && sc.Edge != nil {
			sc.Score, sc.ScoreOK, sc.Difference = *sc.Edge, true, ""
		}
		sc.grant(&paper, annulled)
		sc.conclude(a.untouched(), bearing)
		if sc.Difference != "" {
			r.Differences++
		}
		sc.MAC = s.keys.RowMAC(sc.parts()...)
		rows[i] = []any{
			sc.Sitting, sc.Attempt, sc.Candidate, sc.Edge, sc.Score, sc.Full, sc.Pass, sc.Passed, sc.Answered, sc.PaperOK,
			sc.AnswersOK, sc.ScoreOK, sc.Voided, sc.Outcome, sc.Identity, sc.Difference, sc.Items, sc.MAC,
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
	venue, closed, err := db.Maybe[Figures](ctx, tx, venueFiguresSQL, r.Sitting)
	if err != nil {
		return err
	}
	cloud, _, err := db.Maybe[Figures](ctx, tx, cloudFiguresSQL, r.Sitting)
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

// Round reads the state of a sitting's rescoring; no round is no fault.
func (s *Service) Round(ctx context.Context, id string) (Result, error) {
	in, err := s.sittings.Readable(ctx, s.db, PermList, id)
	if err != nil {
		return Result{}, err
	}
	out := Result{State: in.State}
	r, found, err := db.Maybe[Round](ctx, s.db, roundSQL, id)
	if err != nil {
		return out, err
	}
	if found {
		out.Round = &r
		if out.Late, err = s.late(ctx, s.db, r); err != nil {
			return out, err
		}
	}
	if out.Earlier, err = db.All[Earlier](ctx, s.db, earlierSQL, id); err != nil {
		return out, err
	}
	_, out.Unruled, err = s.conduct.Bearings(ctx, s.db, id)
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

// Of is a candidate's result, nil for none, and the reviews of it, for their
// record. It checks no right.
func (s *Service) Of(ctx context.Context, q db.Q, id, candidate string) (*Row, []Review, error) {
	row, found, err := db.Maybe[Row](ctx, q, ofSQL, id, candidate)
	if err != nil || !found {
		return nil, []Review{}, err
	}
	reviews, err := s.reviews(ctx, q, id)
	return &row, slices.DeleteFunc(reviews, func(r Review) bool { return r.Attempt != row.Attempt }), err
}

// OutcomeName is a result in words.
func OutcomeName(o Outcome) string { return vocabulary.OutcomeName(string(o)) }

// whole is List for an export, with whole names.
func (s *Service) whole(ctx context.Context, id string, f Filter, page db.Page) (db.List[Row], error) {
	if _, err := s.sittings.Readable(ctx, s.db, PermExport, id); err != nil {
		return db.List[Row]{}, err
	}
	return listScores(ctx, s.db, id, f, page)
}
