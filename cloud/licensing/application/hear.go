package application

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

const (
	// AskEvery is how often AskDue has to run: an officer looks on.
	AskEvery = 2 * time.Second
	// lease is how long a worker has for one question before another asks it too;
	// the client's own time limit is well below.
	lease = time.Minute
	// farthest is how long a register that does not answer is left alone at most.
	farthest = time.Minute
	// askers are how many questions are open at once.
	askers = 4
)

// AskDue puts every question that is due to the registers and writes down what
// they say. It may run in several copies at once and any number of times: a
// question is taken by moving its time on, and only its first answer counts. A
// register that fails is left alone until the next run. It returns how many
// questions were answered.
func (s *Service) AskDue(ctx context.Context) (int, error) {
	if s.Registers == nil {
		return 0, nil
	}
	r := &asking{s: s, ctx: auth.System(ctx, "citydata"), down: []string{}}
	var wg sync.WaitGroup
	for range askers {
		wg.Go(r.run)
	}
	wg.Wait()
	return r.answered, r.err
}

// asking is one run.
type asking struct {
	s   *Service
	ctx context.Context //nolint:containedctx // the life of a run

	mu       sync.Mutex
	down     []string // registers that have failed in this run
	answered int
	err      error
}

func (r *asking) run() {
	for {
		r.mu.Lock()
		down := slices.Clone(r.down)
		r.mu.Unlock()
		q, due, err := db.Maybe[Inquiry](r.ctx, r.s.DB, takeInquirySQL, r.s.now(), r.s.now().Add(lease), down)
		answered := false
		if err == nil && due {
			answered, err = r.s.put(r.ctx, &q)
		}
		r.mu.Lock()
		switch {
		case err != nil:
			r.err = errors.Join(r.err, err)
		case answered:
			r.answered++
		case due:
			r.down = append(r.down, string(q.Service))
		}
		r.mu.Unlock()
		if !due {
			return
		}
	}
}

// put asks one question. false: the register did not answer.
func (s *Service) put(ctx context.Context, q *Inquiry) (bool, error) {
	c, err := db.Row[Case](ctx, s.DB, caseSQL, q.Case)
	if err != nil {
		return false, err
	}
	if c.State.Decided() {
		return true, s.ignore(ctx, q, register.Answer{})
	}
	question, err := s.question(ctx, &c, q)
	if err != nil {
		return false, err
	}
	a, err := s.Registers.Ask(ctx, question)
	switch {
	case err == nil:
		return true, s.take(ctx, q, a)
	case fault.Is(err, register.CodeRefused):
		return true, s.refused(ctx, q, fault.From(err).Text)
	case ctx.Err() != nil:
		return false, ctx.Err() // being stopped: the next start asks again
	}
	_, err = s.DB.Exec(ctx, postponeSQL, q.ID, q.Tries, s.now().Add(pause(q.Tries)), fault.From(err).Text)
	return false, err
}

// pause doubles from a second to farthest, with a jitter, so that what waited
// together does not come back together.
func pause(tries int) time.Duration {
	d := min(time.Second<<min(tries, 10), farthest)
	return d - time.Duration(rand.Int64N(int64(d)/4+1)) //nolint:gosec // jitter, not a secret
}

// question is what a register is told: no more than the checks need.
func (s *Service) question(ctx context.Context, c *Case, q *Inquiry) (out register.Question, err error) {
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil {
		return out, err
	}
	form, err := s.form(c)
	if err != nil {
		return out, err
	}
	limits, err := register.ReadLimits(ctx, s.DB)
	if err != nil {
		return out, err
	}
	out = register.Question{No: q.ID, Service: q.Service, CaseNo: c.ApplyNo, Matter: c.Matter}
	if out.Person, err = person.ParseID(form["id_no"]); err != nil {
		return out, err
	}
	if q.Service == register.Company {
		out.Company = q.About
	}
	return limits.Ask(out, d.ChecksFor(c.Categories), c.Categories, s.today()), nil
}

// take keeps an answer, under the case's lock, and makes anew what it serves. One
// that came before, or to a case that has been decided meanwhile, changes nothing.
func (s *Service) take(ctx context.Context, q *Inquiry, a register.Answer) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, q.Case)
		if err != nil {
			return err
		}
		now, err := db.Row[Inquiry](ctx, tx, lockInquirySQL, q.ID)
		if err != nil || now.State != Waiting {
			return err
		}
		if c.State.Decided() {
			return s.drop(ctx, tx, &now, &c, a)
		}
		if err := s.keepAnswer(ctx, tx, &now, a); err != nil {
			return err
		}
		if err := s.learn(ctx, tx, &c, a); err != nil {
			return err
		}
		codes, err := s.anew(ctx, tx, &c, a.Service)
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "licensing.case.answered", c.ID, map[string]any{"apply_no": c.ApplyNo, "service": a.Service, "codes": codes})
	})
}

func (s *Service) keepAnswer(ctx context.Context, tx pgx.Tx, q *Inquiry, a register.Answer) error {
	plain, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	if q.Sealed, err = s.keys.SealAt([]string{placeAnswer, q.ID}, plain); err != nil {
		return err
	}
	at, digest := s.now(), sm.SumOf(a.Raw)
	q.State, q.AnsweredAt, q.Source, q.Digest = Answered, &at, platform+"·"+a.Source, digest[:]
	q.MAC = s.keys.RowMAC(q.parts()...)
	if _, err := tx.Exec(ctx, answerInquirySQL, q.ID, q.State, at, q.Source, q.Sealed, q.Digest, q.MAC); err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// refused keeps that a register does not take a question: a person goes on.
func (s *Service) refused(ctx context.Context, q *Inquiry, why string) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, q.Case)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, refuseInquirySQL, q.ID, why, s.now())
		if err != nil || tag.RowsAffected() == 0 || c.State.Decided() {
			return err
		}
		if _, err := s.anew(ctx, tx, &c, q.Service); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "licensing.case.refused_query", c.ID, map[string]any{"apply_no": c.ApplyNo, "service": q.Service})
	})
}

// ignore notes that a question is not asked any more, drop that an answer came too
// late: of it only the digest is kept, there is no purpose for the rest.
func (s *Service) ignore(ctx context.Context, q *Inquiry, a register.Answer) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, q.Case)
		if err == nil {
			err = s.drop(ctx, tx, q, &c, a)
		}
		return err
	})
}

func (s *Service) drop(ctx context.Context, tx pgx.Tx, q *Inquiry, c *Case, a register.Answer) error {
	var digest []byte
	if a.Raw != nil {
		sum := sm.SumOf(a.Raw)
		digest = sum[:]
	}
	tag, err := tx.Exec(ctx, answerInquirySQL, q.ID, Ignored, s.now(), "", nil, digest, nil)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return s.Audit.Record(ctx, tx, "licensing.case.answer_ignored", c.ID, map[string]any{"apply_no": c.ApplyNo, "service": q.Service, "state": c.State, "answered": a.Raw != nil})
}

// anew makes the checks that a register serves, as a new round.
func (s *Service) anew(ctx context.Context, tx pgx.Tx, c *Case, service register.Service) (codes []string, err error) {
	actor, _ := auth.From(ctx)
	w := &work{Case: c, from: c.State, tx: tx, actor: actor}
	if w.def, err = s.Matters.At(c.Matter, c.Version); err != nil {
		return nil, err
	}
	if w.form, err = s.form(c); err != nil {
		return nil, err
	}
	codes = register.Serves(service, w.def.ChecksFor(c.Categories))
	return codes, s.examine(ctx, w, codes)
}

// learn notes in the person's file what a register said of their driving licence.
func (s *Service) learn(ctx context.Context, tx pgx.Tx, c *Case, a register.Answer) error {
	d := a.Driving
	if a.Service != register.Driving || d == nil {
		return nil
	}
	told := practitioner.Driving{
		Class: d.Class, First: d.First, ValidTo: d.ValidTo, Status: register.DrivingState(d.Status), Source: platform + "·" + a.Source, SourceAt: a.AsOf,
	}
	last, known, err := s.People.Driving(ctx, tx, c.Person)
	if err != nil {
		return err
	}
	if err := s.People.PutDriving(ctx, tx, c.Person, told); err != nil {
		return err
	}
	last.SourceAt = told.SourceAt
	if known && last == told {
		return nil
	}
	text := fmt.Sprintf("登记驾驶证：准驾车型 %s，%s，来源：%s", told.Class, told.Status, told.Source)
	return s.People.Note(ctx, tx, c.Person, practitioner.Event{Kind: "DRIVING", Text: text, Ref: c.ID})
}
