// Package jobs does later, and for as long as it takes, what a transaction has
// decided and only an outside system can finish (M11–M19): it is used by the
// packages of cloud/external. A job is a kind and a key; what it does it reads
// from its own tables by the key, so that no job carries personal data.
//
// It is River around the cloud's pool. Jobs are inserted in the caller's
// transaction, run at least once after it has been committed, in any copy with
// the role worker, and come again with growing pauses of a minute at most until
// they succeed or are refused for good. Doing the work once only is the work's
// own affair: every Do is idempotent.
package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList  = "jobs.list"
	PermRetry = "jobs.retry"
)

// Args name a job: its kind, and what it is about within its kind, such as an
// application number; never anybody's ID number.
type Args struct {
	Kind, Key string

	New bool // nobody can have asked for it before: whether one waits is not looked up
}

// Kind is a kind of job, and who does it.
type Kind struct {
	Name  string // lower case and underscores; it is stored
	Title string // what the console calls it
	// Limit is how long one run may take, a minute when zero.
	Limit time.Duration
	// Workers is how many run at once in one copy, four when zero. A system that
	// is down holds up no other kind.
	Workers int
	// Do does the work. An error means later, Refuse means never.
	Do func(ctx context.Context, key string) error
}

// Backoff is how long a job waits before it comes again: from First, twice as long
// each time, Most at most.
type Backoff struct{ First, Most time.Duration }

// Usual makes work go on within a minute after an outage of any length.
func Usual() Backoff { return Backoff{First: time.Second, Most: time.Minute} }

// after is the pause after so many failures. A quarter of it is chance, so that
// what failed together does not come again together.
func (b Backoff) after(failures int) time.Duration {
	d := b.Most
	if failures < 16 {
		d = min(b.First<<failures, b.Most)
	}
	return d - time.Duration(rand.Int64N(int64(d)/4+1)) //nolint:gosec // jitter, not a secret
}

// refusal is an error that trying again cannot mend.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// Refuse marks an error as final: the job stops as stuck, and a person has to look.
func Refuse(err error) error { return refusal{err} }

func refused(err error) bool {
	var r refusal
	return errors.As(err, &r)
}

// said is what people may read of an error: the text of a fault, never the cause.
func said(err error) string {
	text := fault.From(err).Text
	if errors.Is(err, context.DeadlineExceeded) && fault.From(err).Code == fault.InternalCode {
		text = "办理超时，将自动重试"
	}
	return strings.ToValidUTF8(text, "")
}

// State is where a job stands.
type State string

// States.
const (
	Waiting State = "WAITING" // it will run as soon as a worker is free
	Running State = "RUNNING"
	Later   State = "LATER" // it failed and comes again by itself
	Stuck   State = "STUCK" // refused for good; a person decides
)

// Job is a job as the console shows it.
type Job struct {
	ID        int64      `json:"id" db:"id"`
	Kind      string     `json:"kind" db:"kind"`
	Title     string     `json:"title" db:"-"`
	Key       string     `json:"key" db:"key" doc:"关于什么，如统一审批编码"`
	State     State      `json:"state" db:"state" enum:"WAITING,RUNNING,LATER,STUCK"`
	Tries     int        `json:"tries" db:"tries" doc:"已尝试次数"`
	LastError string     `json:"last_error" db:"last_error"`
	Since     time.Time  `json:"since" db:"since" doc:"从什么时候起没有办成"`
	Tried     *time.Time `json:"tried_at,omitempty" db:"tried_at"`
	Next      *time.Time `json:"next_at,omitempty" db:"next_at" doc:"下次自动重试的时间"`
}
