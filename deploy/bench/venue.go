package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huyun.internal/edge/app"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// hall is a whole venue in this process with its sitting under way: the real
// store, keys, package, services, HTTP handlers, metrics and clock. Only the
// download is a copy, candidates are admitted by their papers, and what is
// logged (of a save that went well: nothing) is dropped.
type hall struct {
	venue  *app.Venue
	addr   string
	seats  []session
	closes []func() error
}

// session is what a terminal holds after the login.
type session struct {
	id  string
	key []byte
}

const (
	hallNode    = "bench-01"
	hallVenue   = "venue-1"
	hallSitting = "sitting-1"
)

// sealed is a package on its way to the venue; it stands in for the download.
type sealed []byte

func (b sealed) FetchBlob(_ context.Context, _ sm.Digest, dst string) (string, error) {
	return "https", os.WriteFile(dst, b, 0o600)
}

// openHall opens a venue over a store that exists, seats everybody and starts
// the exam. The server is set as edge sets its own.
func openHall(dir string, st *store.Store) (h *hall, err error) {
	ctx, stop := context.WithCancel(context.Background())
	h = &hall{closes: []func() error{func() error { stop(); return nil }}}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	cloud, device, err := twoKeys()
	if err != nil {
		return h, err
	}
	var out bytes.Buffer
	built, err := pack.Build(&out, hallContent(), cloud, device.Public())
	if err != nil {
		return h, err
	}
	h.venue, err = app.Assemble(ctx, app.Parts{
		Store: st, Keeper: device, Cloud: cloud.Public(), Node: hallNode, Venue: hallVenue, VenueName: "bench",
		Dir: dir, Clock: clock.System(), Fetch: sealed(out.Bytes()),
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		return h, err
	}
	err = h.sit(audit.As(ctx, "chief"), built)
	if err != nil {
		return h, err
	}
	serving := inBackground(ctx, h.venue.Run)
	h.closes = append(h.closes, func() error { stop(); return serving() })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return h, err
	}
	h.addr = ln.Addr().String()
	server := &http.Server{
		Handler: h.venue.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	go func() { _ = server.Serve(ln) }()
	h.closes = append(h.closes, server.Close)
	return h, nil
}

// close ends what openHall began, the last first; the store is its opener's.
func (h *hall) close() (err error) {
	for i := len(h.closes) - 1; i >= 0; i-- {
		err = errors.Join(err, h.closes[i]())
	}
	return err
}

func twoKeys() (a, b *sm.SoftKey, err error) {
	a, err = sm.Generate()
	if err == nil {
		b, err = sm.Generate()
	}
	return a, b, err
}

// hallContent is a sitting of so many candidates as there are terminals, each
// with a paper of a hundred questions.
func hallContent() pack.Content {
	c := pack.Content{
		Sitting: hallSitting, Venue: hallVenue, Version: 1, Made: time.Now(), Secret: make([]byte, pack.SecretSize),
		Rule: pexam.Rule{
			ID: "bench", Version: 1, Name: "bench", Category: j4Category, Subject: j4Subject, Minutes: 90, Pass: 600,
			Shuffle: true, ShuffleOpts: true, Sections: []pexam.Section{{Type: pexam.Multi, Count: j1Items, Each: 10}},
		},
	}
	_, _ = rand.Read(c.Secret) // never fails
	bank := j4Bank(6 * j1Items)
	for _, q := range bank.Questions {
		if q.Type == pexam.Multi {
			c.Range.Questions = append(c.Range.Questions, q)
		}
	}
	c.Range.ID = bank.ID
	for i := range j1Workers {
		photo := pack.Picture{Type: "image/jpeg", Bytes: fmt.Appendf(nil, "\xff\xd8\xff\xe0 %d", i)}
		photo.Digest = sm.Sum(photo.Bytes).String()
		c.Photos = append(c.Photos, photo)
		c.Candidates = append(c.Candidates, pack.Candidate{
			ID: candidate(i), AdmissionNo: admission(i), Name: "考生", IDNumber: idNumber(i),
			Category: j4Category, Seat: seat(i), Photo: photo.Digest,
		})
	}
	return c
}

func candidate(i int) string { return fmt.Sprintf("candidate-%03d", i) }
func admission(i int) string { return fmt.Sprintf("2026%06d", i) }
func idNumber(i int) string  { return fmt.Sprintf("31010119900101%04d", i) }
func seat(i int) string      { return fmt.Sprintf("A%02d", i+1) }

// sit does what happens before an exam starts, and starts it.
func (h *hall) sit(ctx context.Context, built pack.Built) error {
	v := h.venue
	assigned := wire.SittingAssigned{
		Sitting: hallSitting, Version: 1, Title: "bench", Category: j4Category, Subject: j4Subject, Venue: hallVenue, Room: "1",
		Start: time.Now().Add(time.Hour), Duration: 90, Candidates: j1Workers,
	}
	for i := range j1Workers {
		assigned.Seats = append(assigned.Seats, seat(i))
	}
	digest := built.Digest.String()
	steps := []func() error{
		func() error { return h.order(ctx, wire.OrderSittingAssigned, assigned) },
		func() error {
			return v.Exam.RequestOpening(ctx, hallSitting, exam.Opening{Proctors: []string{"bench"}})
		},
		func() error {
			return h.order(ctx, wire.OrderOpeningDecided, wire.OpeningDecided{Sitting: hallSitting, Approved: true, By: "centre"})
		},
		func() error {
			return h.order(ctx, wire.OrderPackManifest, wire.PackManifest{Sitting: hallSitting, Pack: digest, Size: built.Size, Version: 1})
		},
		func() error { v.Exam.Look(ctx); return nil },
		func() error {
			return h.order(ctx, wire.OrderKeyRelease, wire.KeyRelease{Sitting: hallSitting, Pack: digest, Half: built.Release, By: "centre"})
		},
		func() error { v.Exam.Look(ctx); return nil },
		func() error { return h.logins(ctx) },
		func() error { return v.Attempts.Start(ctx, hallSitting) },
	}
	for i, step := range steps {
		err := step()
		if err != nil {
			return fmt.Errorf("step %d before the exam: %w", i+1, err)
		}
	}
	return nil
}

func (h *hall) order(ctx context.Context, kind string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return h.venue.Store.Update(ctx, func(tx *store.Tx) error {
		return h.venue.Apply(ctx, tx, wire.Order{Seq: 1, At: time.Now(), Kind: kind, Body: raw})
	})
}

func (h *hall) logins(ctx context.Context) error {
	for i := range j1Workers {
		_, err := h.venue.Seating.Decide(ctx, hallSitting, candidate(i), seating.Decision{Admit: true, Reason: "身份证与本人一致"})
		if err != nil {
			return err
		}
		code, err := h.venue.Seating.NewCode(ctx, []string{seat(i)})
		if err != nil {
			return err
		}
		t, _, err := h.venue.Seating.Pair(ctx, "127.0.0.1", code.Code, "", "pc")
		if err != nil {
			return err
		}
		s, err := h.venue.Seating.Login(ctx, t, seating.Login{Admission: admission(i), IDNumber: idNumber(i)})
		if err != nil {
			return err
		}
		err = h.ready(ctx, s.Session)
		if err != nil {
			return err
		}
		h.seats = append(h.seats, session{s.Session.ID, s.Key})
	}
	return nil
}

func (h *hall) ready(ctx context.Context, s attempt.Session) error {
	return errors.Join(h.venue.Attempts.Confirm(ctx, s, true), h.venue.Attempts.Consent(ctx, s))
}

// inBackground runs something until ctx ends; the returned function waits for
// its end, which ctx brought about.
func inBackground(ctx context.Context, run func(context.Context) error) (wait func() error) {
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() error {
		err := <-ended
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}
}
