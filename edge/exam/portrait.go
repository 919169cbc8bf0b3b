package exam

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// Portraits is what the face engine made of the reference pictures in a
// sitting's package: a picture with no face in it, or several, is known before
// its person stands at the door. Who declined face checks is not looked at.
type Portraits struct {
	Pack string            `json:"pack"` // digest of the package looked at
	Bad  map[string]string `json:"bad"`  // candidate → why, in Chinese
	Good map[string]bool   `json:"good"`
}

const (
	portraitBucket = "exam_portrait" // sitting → Portraits
	// A picture on which the engine fails is tried again, because the engine
	// may have been down; but not for ever, because it may be the picture.
	portraitTries = 3
	portraitRest  = 30 * time.Second
	// portraitWait is how long a preflight waits for the rest of the pictures.
	portraitWait = 15 * time.Second
	// namedPortraits is how many people a preflight's line names.
	namedPortraits = 10
)

// RunPortraits looks at the pictures of every package that has come, until ctx
// ends. It is apart from Run, which must not wait for a face engine.
func (s *Service) RunPortraits(ctx context.Context) error {
	if s.Portrait == nil {
		return nil
	}
	t := s.Clock.NewTicker(lookEvery)
	defer t.Stop()
	notBefore := map[string]time.Duration{}
	for {
		list, _ := s.Sittings() // the store says by itself, everywhere, when it cannot
		for _, st := range list {
			if ctx.Err() != nil || !s.wantsPortraits(st) || s.Clock.Mono() < notBefore[st.Sitting] {
				continue
			}
			if err := s.lookAtPortraits(ctx, st); err != nil && ctx.Err() == nil {
				notBefore[st.Sitting] = s.Clock.Mono() + portraitRest
				s.Log.WarnContext(ctx, "reference pictures not all looked at", slog.String("sitting", st.Sitting), slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C():
		}
	}
}

func (s *Service) wantsPortraits(st Sitting) bool {
	return s.Portrait != nil && st.Pack.Received && st.State != Closed && st.State != Cancelled
}

// PortraitsIn is what is known of a sitting's reference pictures.
func PortraitsIn(r store.Reader, st Sitting) (Portraits, error) {
	p, _, err := store.Load[Portraits](r, portraitBucket, st.Sitting)
	if p.Pack != st.Pack.Digest || p.Bad == nil || p.Good == nil {
		p = Portraits{Pack: st.Pack.Digest, Bad: map[string]string{}, Good: map[string]bool{}}
	}
	return p, err
}

// lookAtPortraits looks at every picture not looked at yet and keeps what it
// found, also when it could not look at all of them.
func (s *Service) lookAtPortraits(ctx context.Context, st Sitting) error {
	s.portraits.Lock()
	defer s.portraits.Unlock()
	roll, err := s.roll(st)
	if err != nil {
		return err
	}
	var p Portraits
	err = s.Store.View(func(r store.Reader) (err error) { p, err = PortraitsIn(r, st); return err })
	if err != nil {
		return err
	}
	found := 0
	var failed error
	for _, c := range roll.Candidates {
		if !c.Consent || p.Bad[c.ID] != "" || p.Good[c.ID] || s.tries[st.Pack.Digest+c.ID] >= portraitTries {
			continue
		}
		why, err := s.portrait(ctx, roll, c)
		if err != nil {
			s.tries[st.Pack.Digest+c.ID]++
			failed = err
			break
		}
		found++
		if why == "" {
			p.Good[c.ID] = true
		} else {
			p.Bad[c.ID] = why
		}
	}
	if found == 0 {
		return failed
	}
	err = s.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return store.Save(tx, portraitBucket, st.Sitting, p) })
	s.Bell.Ring(bell.Board)
	return errors.Join(failed, err)
}

func (s *Service) portrait(ctx context.Context, roll *Roll, c Candidate) (string, error) {
	if c.Photo == "" {
		return "没有预留照片", nil
	}
	picture, err := roll.photo(c.Photo)
	if err != nil {
		return "预留照片无法读取", nil //nolint:nilerr // a person decides at the door, as without one
	}
	return s.Portrait(ctx, picture)
}

// portraitCheck is the preflight's line. It never holds the exam up: a person
// can check papers at the door; but they should know beforehand for whom.
func (s *Service) portraitCheck(ctx context.Context, st Sitting) (wire.Check, bool) {
	if !st.Pack.Received {
		return wire.Check{}, false
	}
	c := wire.Check{Code: "portrait", Name: "预留照片", OK: true}
	if s.Portrait == nil {
		c.Warn, c.Detail = true, "人脸核验服务未启用，预留照片没有检查，入场时请人工核对"
		return c, true
	}
	ctx, cancel := context.WithTimeout(ctx, portraitWait)
	defer cancel()
	failed := s.lookAtPortraits(ctx, st)
	roll, err := s.roll(st)
	var p Portraits
	if err == nil {
		err = s.Store.View(func(r store.Reader) (err error) { p, err = PortraitsIn(r, st); return err })
	}
	if err != nil {
		c.Warn, c.Detail = true, "预留照片没有检查："+fault.From(err).Text
		return c, true
	}
	c.Detail = portraitText(roll.Candidates, p)
	c.Warn = failed != nil || len(p.Bad) > 0 || unseen(roll.Candidates, p) > 0
	return c, true
}

func unseen(list []Candidate, p Portraits) int {
	n := 0
	for _, c := range list {
		if c.Consent && p.Bad[c.ID] == "" && !p.Good[c.ID] {
			n++
		}
	}
	return n
}

func portraitText(list []Candidate, p Portraits) string {
	text := fmt.Sprintf("%d 张预留照片可用", len(p.Good))
	if len(p.Bad) > 0 {
		var who []string
		for _, c := range list {
			if why := p.Bad[c.ID]; why != "" && len(who) < namedPortraits {
				who = append(who, c.Admission+"（"+why+"）")
			}
		}
		text += fmt.Sprintf("；%d 人的预留照片无法使用，入场时请人工核对：%s", len(p.Bad), strings.Join(who, "、"))
		if len(p.Bad) > len(who) {
			text += " 等"
		}
	}
	if n := unseen(list, p); n > 0 {
		text += fmt.Sprintf("；%d 张未能检查，入场时核验不出请人工核对", n)
	}
	return text
}
