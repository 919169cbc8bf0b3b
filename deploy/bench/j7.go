package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/office"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
)

const (
	j7Clients = 16  // applicants at once, and pgbench's clients
	j7Turn    = 480 // submissions of one turn
)

// submissions is J7: an applicant's press on 提交, from the service down to the
// commit, with everything that it writes.
func submissions(s setup, r *report) error {
	c, err := s.city()
	if err != nil {
		return err
	}
	few, many := &applicants{office: c.few}, &applicants{office: c.many}
	yard, err := newYard(c, few)
	if err != nil {
		return err
	}
	var slow []float64
	one := func() (float64, error) {
		rate, p99, err := few.submit(j7Turn)
		slow = append(slow, p99)
		return rate, err
	}
	var bareSlow []float64
	bare := func() (float64, error) {
		rate, p99, err := yard.turn(j7Turn)
		bareSlow = append(bareSlow, p99)
		return rate, err
	}
	err = compare(s, r, "j7.pgbench", one, bare, "submissions/s", target{least: 0.5})
	if err != nil {
		return err
	}
	ratios := make([]float64, 0, len(slow))
	for i := range slow[1:] {
		ratios = append(ratios, slow[1+i]/bareSlow[1+i])
	}
	r.add(result{name: "j7.p99", ratios: ratios, ours: 1e3 * median(slow[1:]), theirs: 1e3 * median(bareSlow[1:]), unit: "ms", target: target{most: 3}})
	time1 := func(a *applicants) sample {
		return slowness(func() (float64, error) { rate, _, err := a.submit(j7Turn); return rate, err })
	}
	return compare(s, r, "j7.growth-1e6/1e4", time1(many), time1(few), "µs a submission", target{most: 1.5})
}

// applicants have filled in applications and submit them.
type applicants struct {
	office *office.Office
	people int // so far
}

type filledIn struct {
	citizen office.Citizen
	page    application.OwnPage
}

// submit has n applications filled in, submits them by j7Clients at once, and
// answers how many a second and the 99th percentile in seconds.
func (a *applicants) submit(n int) (rate, p99 float64, err error) {
	ctx := context.Background()
	drafts, err := a.fillIn(ctx, n)
	if err != nil {
		return 0, 0, err
	}
	// what drafts told 一网通办 has long been sent when they are submitted
	_, err = a.office.DB.Exec(ctx, `DELETE FROM river_job`)
	if err != nil {
		return 0, 0, err
	}
	took := make([]float64, n)
	from := time.Now()
	err = together(n, func(i int) error {
		begin := time.Now()
		_, err := a.office.Submit(ctx, &drafts[i].citizen, drafts[i].page)
		took[i] = time.Since(begin).Seconds()
		return err
	})
	return float64(n) / time.Since(from).Seconds(), percentile(took, 0.99), err
}

func (a *applicants) fillIn(ctx context.Context, n int) ([]filledIn, error) {
	list := seed.Candidates(a.people+n, 77)[a.people:]
	a.people += n
	out := make([]filledIn, n)
	return out, together(n, func(i int) error {
		c, err := a.office.File(ctx, list[i], practitioner.Road, []string{"02001"}, clock.Date{Year: 2024, Month: 3, Day: 1})
		if err != nil {
			return err
		}
		p, err := a.office.Draft(ctx, &c, "RT04", nil, office.Said())
		out[i] = filledIn{c, p}
		return err
	})
}

// together does n things, j7Clients at once.
func together(n int, do func(i int) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := make(chan int)
	for range j7Clients {
		wg.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return failed
}

// j7Yard is the yardstick, ready to run.
type j7Yard struct {
	dir, host, user, tool, script string

	values map[string]string
	db     *db.DB
	laid   int // drafts laid down so far
}

// sizesSQL says how many bytes the columns of a real submission hold.
const sizesSQL = `SELECT octet_length(c.form) AS form, octet_length(c.known) AS known, octet_length(l.facts) AS facts,
	(SELECT count(*)::int FROM onestop_message m WHERE m.apply_no = c.apply_no AND m.id > (SELECT max(id) - 8 FROM onestop_message)) AS messages,
	(SELECT avg(octet_length(m.body))::int FROM onestop_message m WHERE m.apply_no = c.apply_no) AS body
	FROM licensing_case c JOIN licensing_letter l ON l.case_id = c.id WHERE c.state = 'SUBMITTED' ORDER BY c.id DESC LIMIT 1`

func newYard(c *city, a *applicants) (*j7Yard, error) {
	ctx := context.Background()
	if _, _, err := a.submit(1); err != nil {
		return nil, err
	}
	type sizes struct{ Form, Known, Facts, Messages, Body int }
	size, err := db.Row[sizes](ctx, a.office.DB, sizesSQL)
	if err != nil {
		return nil, err
	}
	tool, err := db.FindTool()
	if err != nil {
		return nil, err
	}
	b := &j7Yard{dir: c.dir, tool: filepath.Join(tool.Bin, "pgbench"), script: filepath.Join(c.dir, "j7.sql"), db: c.yard}
	b.host, b.user = c.socket()
	b.values = map[string]string{
		"mac": random(32), "form": random(size.Form), "known": random(size.Known), "facts": random(size.Facts),
		"id": "019b8c5e-0000-7000-8000-000000000001", "text": strings.Repeat("道路客货运输驾驶员从业资格证 补证 ", 3), "body": `{"text":"` + strings.Repeat("a", size.Body) + `"}`,
	}
	const message = "INSERT INTO onestop_message (apply_no, endpoint, node, op_time, letter, body, state, created_at) VALUES ('y' || :n::bigint, 'case/status', 'SUBMIT', now(), '', :body, 'WAITING', now());\n"
	err = os.WriteFile(b.script, []byte(strings.Replace(j7Script, "{messages}\n", strings.Repeat(message, size.Messages), 1)), 0o600)
	if err == nil {
		_, err = b.db.Exec(ctx, `CREATE SEQUENCE yard`)
	}
	return b, err
}

func (b *j7Yard) turn(n int) (rate, p99 float64, err error) {
	ctx := context.Background()
	form, known := make([]byte, len(b.values["form"])/2-1), make([]byte, len(b.values["known"])/2-1)
	_, err = b.db.Exec(ctx, readyYard, form, known, b.laid+1, b.laid+n)
	b.laid += n
	if err != nil {
		return 0, 0, fmt.Errorf("lay drafts: %w", err)
	}
	return b.bare(ctx, n)
}

// random is so many bytes that no compression makes fewer, as PostgreSQL reads them.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return `\x` + hex.EncodeToString(b)
}
