// Package office is the cloud's licensing in this process, wired as the binary
// wires it and with a clock of its own: applicants who apply online, clerks,
// reviewers and approvers who work, and city registers that answer at once. The
// benchmarks of J7, of queues and of searches stand on it, and the year (Year),
// which a city's applications go through in minutes.
//
// It is in no binary that serves. Outside systems are not there: what they are
// told is written down and waits, as when they are down.
package office

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"huyun.internal/cloud/app"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// Office is an opened cloud and who works there.
type Office struct {
	*app.System

	Now    *clock.Test
	staff  map[string]auth.Actor
	orders atomic.Int64
	// extendable are the matters whose period can be extended
	extendable []string
}

// Options say where an office is.
type Options struct {
	Dir   string // its data
	DSN   string // its database; empty: a private one in Dir
	Now   *clock.Test
	Conns int32
}

// Open opens an office. Close it afterwards.
func Open(ctx context.Context, o Options) (*Office, error) {
	cfg := app.Defaults()
	cfg.Data, cfg.Keys.Dir = o.Dir, filepath.Join(o.Dir, "keys")
	cfg.Database.DSN, cfg.Database.MaxConns = o.DSN, o.Conns
	cfg.OneStop.URL = "http://127.0.0.1:9"  // configured, and nobody is there
	cfg.CityData.Fresh = 7 * 24 * time.Hour // the longest there is: a decision within the week asks nobody twice
	cfg.Log.Level = "error"
	s, err := app.OpenAt(ctx, cfg, false, o.Now)
	if err != nil {
		return nil, fmt.Errorf("open office: %w", err)
	}
	w := &Office{System: s, Now: o.Now, staff: map[string]auth.Actor{}}
	s.Case.Registers = registers{o.Now}
	s.Case.Staff = w.able
	w.hire()
	return w, nil
}

// Who works here: two desks, reviewers enough for two reviews of a case, and two
// who decide.
func (o *Office) hire() {
	desk := []string{
		application.PermList, application.PermSubmit, application.PermAccept, application.PermCertify, practitioner.PermList, practitioner.PermSave,
	}
	for _, n := range []string{Clerk, Clerk2} {
		o.engage(n, desk...)
	}
	for _, n := range Reviewers() {
		o.engage(n, application.PermList, application.PermReview, application.PermRecheck)
	}
	for _, n := range []string{Approver, Approver2} {
		o.engage(n, application.PermList, application.PermApprove, application.PermRecheck)
	}
}

// Accounts of the office.
const (
	Clerk     = "yanlian.shouli"
	Clerk2    = "yanlian.fazheng"
	Approver  = "yanlian.shenpi"
	Approver2 = "yanlian.fuze"
)

// Reviewers are the accounts that review.
func Reviewers() []string {
	return []string{"yanlian.shencha1", "yanlian.shencha2", "yanlian.shencha3"}
}

func (o *Office) engage(name string, perms ...string) {
	o.staff[name] = auth.Actor{
		ID: "id-" + name, Kind: auth.KindStaff, Username: name, Name: "演练" + name[len("yanlian."):], Scope: auth.Scope{All: true}, Perms: auth.NewPerms(perms...),
	}
}

// able answers who may do something, as the accounts would.
func (o *Office) able(_ context.Context, _ db.Q, perm string) ([]application.Officer, error) {
	var out []application.Officer
	for _, a := range o.staff {
		if a.Can(perm) {
			out = append(out, application.Officer{ID: a.ID, Name: a.Name})
		}
	}
	return out, nil
}

// As is a context in which somebody of the office acts.
func (o *Office) As(ctx context.Context, name string) context.Context {
	return auth.With(ctx, o.staff[name])
}

// Citizen is a context in which an applicant acts online.
func (o *Office) Citizen(ctx context.Context, file, name string) context.Context {
	return auth.With(ctx, auth.Actor{ID: file, Kind: application.KindApplicant, Username: file, Name: name, Perms: auth.NewPerms(application.PermOwn)})
}

// Order is a number for an act that no other act has.
func (o *Office) Order() string { return fmt.Sprintf("order-%08d", o.orders.Add(1)) }

// Day is today.
func (o *Office) Day() clock.Date { return clock.DateOf(o.Now.Now()) }

// registers are the city's, answering well of everybody and at once: what they
// can say otherwise is tested where they are asked.
type registers struct{ now clock.Clock }

// Ask implements application.Registers.
func (r registers) Ask(_ context.Context, q register.Question) (register.Answer, error) {
	at := r.now.Now().UTC().Truncate(time.Second)
	day := clock.DateOf(at)
	a := register.Answer{Service: q.Service, Source: "演练登记机关", AsOf: at, Found: true, Raw: []byte(q.No)}
	switch q.Service {
	case register.Driving:
		a.Driving = &register.DrivingLicence{Class: "A1A2", First: day.Add(-12 * 365), ValidTo: day.Add(6 * 365), Status: "NORMAL"}
	case register.Traffic:
		a.Traffic = &register.Record{Accidents: []register.Accident{}, Points: make([]int, q.Cycles)}
	case register.Background:
		a.Background = map[string]register.Has{}
		for _, k := range register.Kinds() {
			a.Background[k] = register.No
		}
	case register.Residence:
		a.Residence = &register.ResidenceStatus{Local: true}
	case register.Education:
		a.Level = 60
	case register.Penalty:
		a.Penalties = &register.Unsettled{}
	case register.Company:
		a.Company = &register.Firm{Name: "演练运输公司", Status: "IN_FORCE"}
	}
	return a, nil
}
