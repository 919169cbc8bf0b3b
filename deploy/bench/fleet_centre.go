package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// fleet is the real cloud binary with its own PostgreSQL and broker, and so
// many venues with links over TLS.
type fleet struct {
	sys    *stack.Stack
	dir    string
	venues []*branch
	boss   *stack.Client
	sql    *pgx.Conn // for counting, when nothing else uses it
	closes []func() error

	mu    sync.Mutex
	at    map[lane]uint64 // how far PostgreSQL is, as another session sees it
	moved chan struct{}   // closed at the next move
	took  []arrival
	board []glance
}

type lane struct{ node, name string }

// arrival is one record that got to its row.
type arrival struct {
	venue *branch
	begun time.Time
	took  time.Duration
}

// glance is one reading of the centre's board.
type glance struct {
	at   time.Time
	took time.Duration
	rows []glimpse
}

// glimpse is what a reading said of one venue: how old what it shows is, and
// how old the venue's last word.
type glimpse struct {
	venue   *branch
	age     time.Duration
	contact time.Duration
	lost    bool
}

// watchEvery is how often PostgreSQL is asked how far it is: what a record is
// later than it was, at most.
const watchEvery = 10 * time.Millisecond

// openFleet starts the cloud, puts the venues on its books and enrols them.
// Nothing is connected yet.
func openFleet(ctx context.Context, dir, bin string, n int) (f *fleet, err error) {
	f = &fleet{dir: dir, at: map[lane]uint64{}, moved: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	f.sys, err = stack.New(stack.Options{Dir: dir, Bin: bin})
	if err != nil {
		return f, err
	}
	f.closes = append(f.closes, f.sys.Stop)
	err = f.sys.Cloud.Start(ctx)
	if err != nil {
		return f, err
	}
	places, boss, err := f.sys.Fleet(ctx, n, fleetPeople)
	if err != nil {
		return f, err
	}
	f.boss = boss
	for i, p := range places {
		b, err := found(ctx, dir, f.sys, p, i)
		if err != nil {
			return f, fmt.Errorf("venue %d: %w", i+1, err)
		}
		f.venues = append(f.venues, b)
		f.closes = append(f.closes, b.st.Close)
	}
	f.sql, err = f.connect(ctx)
	if err != nil {
		return f, err
	}
	f.closes = append(f.closes, func() error { return f.sql.Close(context.WithoutCancel(ctx)) })
	return f, f.schedule(ctx)
}

func (f *fleet) connect(ctx context.Context) (*pgx.Conn, error) {
	dsn, err := db.PrivateDSN(filepath.Join(f.sys.CloudData(), "postgres"))
	if err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, dsn)
}

func (f *fleet) close() (err error) {
	for i := len(f.closes) - 1; i >= 0; i-- {
		err = errors.Join(err, f.closes[i]())
	}
	return err
}

// schedule makes a sitting and its candidates at every venue. The rule is a
// name only: what it says takes no part.
func (f *fleet) schedule(ctx context.Context) error {
	tx, err := f.sql.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // of no effect after the commit
	_, err = tx.Exec(ctx, `INSERT INTO exam_rule (id, version, name, category, subject, body, saved_by, saved_name, saved_at)
		VALUES ('r', 1, 'bench', '09002', 'bench', '{}', 'bench', 'bench', now())`)
	for i, b := range f.venues {
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version,
				starts_at, minutes, state, created_by, created_at, state_at)
				VALUES ($1, $1, $1, $2, $3, '09002', 'bench', 'r', 1, now(), 90, 'RELEASED', 'bench', now(), now())`, b.sitting, b.Venue, b.Room)
		}
		for n := 0; n < fleetPeople && err == nil; n++ {
			_, err = tx.Exec(ctx, `INSERT INTO exam_candidate (id, sitting, seq, admission, name, idno, idno_blind, idno_mask, category, consent, seat)
				VALUES ($1, $2, $3, $4, '考生', '', convert_to($1, 'UTF8'), '', '09002', true, $5)`,
				b.candidate(n), b.sitting, n, fmt.Sprintf("%03d%04d", i, n), fmt.Sprintf("%03d", n+1))
		}
	}
	if err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// watch asks PostgreSQL, as another session, how far every lane is, and notes
// when each record of the live lane was first seen there.
func (f *fleet) watch(ctx context.Context) error {
	conn, err := f.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	of := map[string]*branch{}
	for _, b := range f.venues {
		of[b.node] = b
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		rows, err := conn.Query(ctx, `SELECT node, lane, seq FROM node_cursor`)
		if err != nil {
			return err
		}
		seen := map[lane]uint64{}
		var l lane
		var seq int64
		_, err = pgx.ForEachRow(rows, []any{&l.node, &l.name, &seq}, func() error {
			seen[l] = uint64(seq) //nolint:gosec // positive
			return nil
		})
		if err != nil {
			return err
		}
		f.note(of, seen, time.Now())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (f *fleet) note(of map[string]*branch, seen map[lane]uint64, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l, seq := range seen {
		b := of[l.node]
		for n := f.at[l] + 1; n <= seq && b != nil; n++ {
			begun, ok := b.begun(l.name, n)
			if ok && l.name == journal.LaneExam {
				f.took = append(f.took, arrival{b, begun, now.Sub(begun)})
			}
		}
		f.at[l] = seq
	}
	close(f.moved)
	f.moved = make(chan struct{})
}

// applied waits until every record of the venues is a row.
func (f *fleet) applied(ctx context.Context, venues []*branch) error {
	for {
		f.mu.Lock()
		moved, missing := f.moved, 0
		for _, b := range venues {
			for _, name := range journal.Lanes() {
				if f.at[lane{b.node, name}] < b.head(name) {
					missing++
				}
			}
		}
		f.mu.Unlock()
		if missing == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d lanes are not at the centre: %w", missing, ctx.Err())
		case <-moved:
		}
	}
}

// look reads the supervision board over HTTP as often as three people at the
// centre who have it open do, each page asking every three seconds.
func (f *fleet) look(ctx context.Context) error {
	of := map[string]*branch{}
	for _, b := range f.venues {
		of[b.sitting] = b
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		var page struct {
			Sittings []struct {
				ID       string
				Checks   int
				Incident string
				Node     struct {
					SeenAt *time.Time `json:"seen_at"`
				}
			}
		}
		begun := time.Now()
		err := f.boss.Do(ctx, http.MethodGet, "/api/v1/exam/supervision", nil, &page)
		if err != nil {
			return err
		}
		g := glance{at: time.Now(), took: time.Since(begun)}
		for _, row := range page.Sittings {
			b := of[row.ID]
			if b == nil || row.Node.SeenAt == nil {
				continue
			}
			r := glimpse{venue: b, contact: g.at.Sub(*row.Node.SeenAt), lost: row.Incident == "LOST"}
			if since := b.unseen(row.Checks); !since.IsZero() {
				r.age = g.at.Sub(since)
			}
			g.rows = append(g.rows, r)
		}
		f.mu.Lock()
		f.board = append(f.board, g)
		f.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// lostOrTwice compares PostgreSQL with what each venue wrote.
func (f *fleet) lostOrTwice(ctx context.Context) (rows int, problems []string, err error) {
	count := func(b *branch, want int, what, sql string) {
		var n int
		if err != nil {
			return
		}
		err = f.sql.QueryRow(ctx, sql, b.node).Scan(&n)
		if rows += n; n != want {
			problems = append(problems, fmt.Sprintf("%s: %s %d of %d", b.sitting, what, n, want))
		}
	}
	for _, b := range f.venues {
		count(b, int(b.head(journal.LaneExam)+b.head(journal.LaneRest)), "records", `SELECT count(*) FROM node_record WHERE node = $1`) //nolint:gosec // counts
		count(b, b.counts[wire.KindAnswer], "answers", `SELECT count(*) FROM exam_answer WHERE node = $1`)
		count(b, b.counts[wire.KindVerification], "verifications", `SELECT count(*) FROM exam_verification WHERE node = $1`)
		count(b, b.counts[wire.KindHandin], "hand-ins", `SELECT count(*) FROM exam_handin WHERE node = $1`)
		count(b, b.counts[wire.KindAlarm], "alarms", `SELECT count(*) FROM exam_alarm WHERE node = $1 AND seen_at IS NOT NULL`)
		count(b, b.counts[wire.KindAudit], "audit lines", `SELECT count(*) FROM exam_venue_audit WHERE node = $1`)
		count(b, 0, "dead letters", `SELECT count(*) FROM node_dead WHERE node = $1`)
	}
	return rows, problems, err
}
