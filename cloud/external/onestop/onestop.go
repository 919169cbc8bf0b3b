// Package onestop is the connection with the city's 一网通办 (M11–M19): it tells the
// platform of every step of every case in order, delivers legal documents into
// 我的办件, keeps a reserve of its apply numbers, takes in what applicants do there,
// exchanges its sign-on tokens, and compares its books with ours. The README is the
// agreement. What happens to a case is licensing/application's.
//
// Nothing here keeps anybody waiting: an event writes its messages in its own
// transaction (Tell), and jobs send them for as long as it takes. Without an
// address (onestop.url) they wait.
package onestop

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/clock"
)

// Permissions.
const (
	PermList   = "onestop.list"
	PermSettle = "onestop.settle"
)

// Kinds of jobs.
const (
	jobSend    = "onestop_send"
	jobNumbers = "onestop_numbers"
	jobCompare = "onestop_compare"
)

// State is where a message stands.
type State string

// States of a message.
const (
	Waiting State = "WAITING"
	Sent    State = "SENT"
	Refused State = "REFUSED" // for good; the case's later messages wait behind it
	Skipped State = "SKIPPED" // a person decided that it is not sent
)

// Endpoints of messages.
const (
	saveApply   = "declare/saveApply.do"
	uploadStuff = "declare/uploadStuff.do"
	submitApply = "declare/submitApply.do"
	status      = "case/status"
	correction  = "case/correction"
	result      = "case/result"
	document    = "case/document"
)

// Cases is what callbacks ask of the cases (application.Service).
type Cases interface {
	SupplementFor(ctx context.Context, tx pgx.Tx, applyNo, eventID string) error
	WithdrawFor(ctx context.Context, tx pgx.Tx, applyNo, reason, eventID string) error
}

// Handed is what was handed in for a case, as the platform lists it.
type Handed struct {
	Code, Name, Form string
	Size             int64
	SM3              string
}

// Agency is who we are to the platform.
type Agency struct{ Code, Name string }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Audit    *audit.Log
	Clock    clock.Clock
	Log      *slog.Logger
	Jobs     *jobs.Queue
	Letters  *letter.Service
	Calendar *calendar.Service
	Agency   Agency
	// Client calls the platform; nil while no address is configured.
	Client *Client
	// Items are the item codes of what can be applied for online.
	Items func() []string
	// Handed are the materials of a case.
	Handed func(ctx context.Context, q db.Q, c *application.Case) ([]Handed, error)
	// Delivered is told, in the transaction that notes the receipt, that a letter has
	// reached its applicant electronically.
	Delivered func(ctx context.Context, tx pgx.Tx, l letter.Letter, receipt string, at time.Time) error
	// Noticed is told, in the transaction that notes the receipt, that a notice has
	// reached a person.
	Noticed func(ctx context.Context, tx pgx.Tx, person, text string) error
}

// Service is the connection.
type Service struct{ Parts }

// New makes the service and its jobs.
func New(p Parts) *Service {
	s := &Service{p}
	p.Jobs.Add(jobs.Kind{Name: jobSend, Title: "一网通办：发送办件报文", Limit: 2 * time.Minute, Do: s.send})
	p.Jobs.Add(jobs.Kind{Name: jobNotice, Title: "一网通办：告知本人", Do: s.sendNotice})
	p.Jobs.Add(jobs.Kind{Name: jobNumbers, Title: "一网通办：领取统一审批编码", Workers: 1, Do: s.refill})
	p.Jobs.Add(jobs.Kind{Name: jobCompare, Title: "一网通办：核对办件", Limit: 10 * time.Minute, Workers: 1, Do: s.compare})
	return s
}

func (s *Service) now() time.Time { return s.Clock.Now().UTC() }

func (s *Service) today() clock.Date { return clock.DateOf(s.Clock.Now()) }

// SweepEvery is how often Sweep has to run.
const SweepEvery = 2 * time.Minute

// Sweep starts what no event starts: messages written while no address was
// configured, or left by a copy of us that died with them in hand; a reserve that was never filled, the comparison of the night. Any
// number of copies may do it.
func (s *Service) Sweep(ctx context.Context) error {
	if s.Client == nil {
		return nil
	}
	cases, err := db.All[struct {
		ApplyNo string `db:"apply_no"`
	}](ctx, s.DB, unsentSQL)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := s.insert(ctx, jobSend, c.ApplyNo); err != nil {
			return err
		}
	}
	notices, err := db.All[struct{ ID string }](ctx, s.DB, toTellSQL)
	if err != nil {
		return err
	}
	for _, n := range notices {
		if err := s.insert(ctx, jobNotice, n.ID); err != nil {
			return err
		}
	}
	for _, item := range s.Items() {
		if n, err := db.Value[int](ctx, s.DB, freeSQL, item, lowNumbers, s.year()); err != nil || n >= lowNumbers {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.insert(ctx, jobNumbers, item); err != nil {
			return err
		}
	}
	return s.nightly(ctx)
}

func (s *Service) insert(ctx context.Context, kind, key string) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error { return s.Jobs.Insert(ctx, tx, jobs.Args{Kind: kind, Key: key}) })
}
