package score

import (
	"context"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Inspection is one candidate's paper as it was asked and answered, for who
// looks a result over again.
type Inspection struct {
	Sheet    exam.Sheet           `json:"sheet"`
	Marks    []Mark               `json:"marks"` // as Sheet.Items
	Pictures map[string]string    `json:"pictures"`
	Seen     vocabulary.Watermark `json:"watermark"`
	Score    int                  `json:"score" doc:"按现有答案和作废情况，单位 0.1 分"`
	Pass     int                  `json:"pass"`
}

// Mark is what an item was answered and what that is worth.
type Mark struct {
	No       string   `json:"no"`
	Question string   `json:"question"`
	Choice   []string `json:"choice"`
	Answer   []string `json:"answer"`
	Changes  uint64   `json:"changes" doc:"保存过几次"`
	Right    bool     `json:"right"`
	Got      int      `json:"got" doc:"单位 0.1 分"`
	Annulled bool     `json:"annulled"`
}

// Inspect opens an attempt's paper with its answers and the right ones; who
// looked is kept as for any look at questions. Faults: exam.score.inspect.none,
// .running.
func (s *Service) Inspect(ctx context.Context, id, attempt string) (Inspection, error) {
	actor, err := auth.Require(ctx, PermInspect)
	if err != nil {
		return Inspection{}, err
	}
	var out Inspection
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Readable(ctx, tx, PermInspect, id)
		if err != nil {
			return err
		}
		if !in.State.Over() {
			return fault.New(fault.Precondition, "exam.score.inspect.running", "场次还没有结束，不能查看答卷")
		}
		list, err := attempts(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, a := range list {
			if a.ID != attempt {
				continue
			}
			if out, err = s.inspect(ctx, tx, id, a); err != nil {
				return err
			}
			out.Seen = vocabulary.Mark(actor.Username, actor.Name, s.clock.Now())
			return s.audit.Record(ctx, tx, PermInspect, id, map[string]any{"attempt": attempt})
		}
		return fault.New(fault.NotFound, "exam.score.inspect.none", "没有这份答卷，请刷新后再试")
	})
}

func (s *Service) inspect(ctx context.Context, tx pgx.Tx, id string, a *Attempt) (Inspection, error) {
	sent, err := s.sittings.SentTo(ctx, tx, id)
	if err != nil {
		return Inspection{}, err
	}
	index, err := exam.NewIndex(sent.Range)
	if err != nil {
		return Inspection{}, err
	}
	plan, err := exam.Prepare(sent.Rule, index)
	if err != nil {
		return Inspection{}, err
	}
	annulled, err := s.annulled(ctx, tx, id)
	if err != nil {
		return Inspection{}, err
	}
	p := sent.Paper(plan, id, a.Candidate)
	sc, err := rescore(a, &p, index, id)
	if err != nil {
		return Inspection{}, err
	}
	sc.grant(&p, annulled)
	out := Inspection{Marks: marks(a, &p, index, &sc, annulled), Score: sc.Score, Pass: sc.Pass}
	if out.Sheet, err = exam.View(&p, index); err != nil {
		return Inspection{}, err
	}
	bank := s.sittings.Bank
	if out.Pictures, err = bank.Pictures(ctx, out.Sheet); err != nil {
		return Inspection{}, err
	}
	return out, bank.Saw(ctx, tx, paper.Questions(&p), "PREVIEW")
}

func marks(a *Attempt, p *exam.Paper, index *exam.Index, sc *Score, annulled map[string]bool) []Mark {
	said := map[string]exam.Response{}
	for _, r := range a.Replies {
		said[r.Item] = r
	}
	out := make([]Mark, len(p.Items))
	for i, it := range p.Items {
		m := Mark{No: it.No, Question: it.Question, Choice: said[it.No].Choice, Changes: said[it.No].Revision, Annulled: annulled[it.Question]}
		if q, ok := index.Question(it.Question); ok {
			if it.Sub > 0 {
				q = &q.Sub[it.Sub-1]
			}
			m.Answer = q.Answer
		}
		m.Right, m.Got = sc.Items[i].Right, int(sc.Items[i].Got)
		if m.Choice == nil {
			m.Choice = []string{}
		}
		out[i] = m
	}
	return out
}
