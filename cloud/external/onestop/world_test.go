package onestop

import (
	"bytes"
	"context"
	"fmt"
	"image"
	jpegs "image/jpeg"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// office is a licensing office connected with a platform.
type office struct {
	*examtest.World
	t        *testing.T
	platform *platform
	one      *Service
	cases    *application.Service
	people   *practitioner.Service
	server   *httptest.Server
	queue    *jobs.Queue
	orders   int
	mu       sync.Mutex
	notes    []string
	letters  *letter.Service
}

func newOffice(t *testing.T) *office {
	t.Helper()
	w := examtest.New(t)
	o := &office{World: w, t: t}
	o.platform = &platform{
		t: t, key: w.Keys.Cloud().Public(), cases: map[string][]taken{}, other: map[string][]string{}, refuse: map[string]string{}, users: map[string]map[string]any{},
	}
	o.server = httptest.NewServer(o.platform)
	t.Cleanup(o.server.Close)
	o.people = practitioner.New(w.DB, w.Keys, w.Audit, w.Clock)
	matters := matter.New(w.DB, w.Keys, w.Audit, w.Clock)
	require.NoError(t, matters.Load(t.Context(), matter.Files()))
	var err error
	o.letters, err = letter.New(w.DB, w.Keys, w.Audit, w.Clock, letter.DefaultAgency())
	require.NoError(t, err)
	o.letters.Receipts = Receipts
	cal := calendar.New(w.DB, w.Audit, w.Clock)
	o.one, o.queue = o.connect(true, o.letters, cal)
	o.cases = application.New(application.Parts{
		DB: w.DB, Keys: w.Keys, Audit: w.Audit, Blobs: w.Blobs, Clock: w.Clock, Matters: matters, People: o.people, Calendar: cal,
		Credits: credit.New(w.DB, w.Keys, w.Audit, w.Clock, nil, nil), Letters: o.letters, Sanctions: sanction.New(w.DB, w.Keys, w.Audit, w.Clock, slog.New(slog.DiscardHandler)),
		Staff: func(context.Context, db.Q, string) ([]application.Officer, error) {
			return []application.Officer{{ID: "id-rev"}}, nil
		},
		Tell: o.one.Tell,
	})
	o.Staff("clerk", application.PermList, application.PermSubmit, application.PermAccept, application.PermCertify)
	o.Staff("rev", application.PermList, application.PermReview, application.PermRecheck)
	o.Staff("boss", application.PermList, application.PermApprove)
	o.Staff("sys", PermList, PermSettle, jobs.PermList, jobs.PermRetry)
	o.Staff("looks", PermList)
	o.Staff("nobody")
	return o
}

// connect is a copy of us that talks to the platform.
func (o *office) connect(configured bool, letters *letter.Service, cal *calendar.Service) (*Service, *jobs.Queue) {
	q := jobs.New(o.DB, o.Audit, slog.New(slog.DiscardHandler))
	q.Backoff = jobs.Backoff{First: 20 * time.Millisecond, Most: 100 * time.Millisecond}
	var c *Client
	if configured {
		var err error
		c, err = Dial(o.server.URL+"/gate", nil, o.Keys.Cloud(), o.Clock)
		require.NoError(o.t, err)
	}
	return New(Parts{
		DB: o.DB, Audit: o.Audit, Clock: o.Clock, Log: slog.New(slog.DiscardHandler), Jobs: q, Letters: letters, Calendar: cal, Client: c,
		Agency: Agency{Code: "310000", Name: "上海市交通委员会"}, Items: func() []string { return []string{"071234567890"} },
		Handed: func(ctx context.Context, q db.Q, c *application.Case) ([]Handed, error) {
			list, err := o.cases.HandedIn(ctx, q, c)
			out := make([]Handed, len(list))
			for i, m := range list {
				out[i] = Handed{Code: m.Code, Name: m.Name, Form: m.Form, Size: m.Size, SM3: Hex(m.Blob)}
			}
			return out, err
		},
		Delivered: func(ctx context.Context, tx pgx.Tx, l letter.Letter, receipt string, _ time.Time) error {
			o.mu.Lock()
			o.notes = append(o.notes, l.Kind+" "+receipt)
			o.mu.Unlock()
			return o.cases.Arrived(ctx, tx, l.Case)
		},
	}), q
}

// citizen is somebody with a certificate.
type citizen struct {
	number  string
	person  practitioner.Person
	licence practitioner.Licence
}

func (o *office) citizen(n int) citizen {
	o.t.Helper()
	c := citizen{number: examtest.IDNumber(n)}
	id, err := person.ParseID(c.number)
	require.NoError(o.t, err)
	ctx := auth.System(o.t.Context(), "test")
	require.NoError(o.t, o.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		if c.person, err = o.people.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张建国"}); err != nil {
			return err
		}
		c.licence, err = o.people.Issue(ctx, tx, practitioner.Grant{
			Person: c.person.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"01001", "02001"}, On: clock.Date{Year: 2024, Month: 3, Day: 1},
		})
		if err == nil {
			err = o.one.Knows(ctx, tx, c.person.ID, fmt.Sprintf("U-%d", n))
		}
		return err
	}))
	return c
}

func (o *office) id() string { o.orders++; return fmt.Sprintf("order-%05d", o.orders) }

// jpeg is a picture that opens.
var jpeg = func() []byte {
	var b bytes.Buffer
	if err := jpegs.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 50)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// window is a case of somebody that was submitted at a window.
func (o *office) window(n int) application.Page {
	o.t.Helper()
	c := o.citizen(n)
	p, err := o.cases.Open(o.As("clerk"), application.Draft{
		ID: o.id(), Matter: "RT04", Name: "张建国", IDNo: c.number, Mobile: "13900001234", Licence: c.licence.ID, Categories: []string{"01001", "02001"},
		Form: map[string]string{"address": "上海市浦东新区世纪大道 1 号", "reason": "LOST", "statement": "上周在公交车上遗失，已登报声明", "delivery": "COUNTER", "agent": "SELF"},
	})
	require.NoError(o.t, err)
	_, err = o.cases.Attach(o.As("clerk"), p.ID, "M03", "", nil)
	require.NoError(o.t, err)
	p, err = o.cases.Attach(o.As("clerk"), p.ID, "M05", "照片.jpg", jpeg)
	require.NoError(o.t, err)
	return o.do("clerk", p, licensing.Submit, "")
}

func applicant(c citizen) context.Context {
	return auth.With(context.Background(), auth.Actor{ID: c.person.ID, Kind: application.KindApplicant, Username: c.person.ID, Name: "申请人", Perms: auth.NewPerms(application.PermOwn)})
}

// drafted is an application that somebody has begun at home and saved.
func (o *office) drafted(n int) (citizen, application.OwnPage) {
	o.t.Helper()
	c := o.citizen(n)
	me := applicant(c)
	p, err := o.cases.OwnOpen(me, application.Account{Name: "张建国", IDNo: c.number, Mobile: "13900001234", Residence: "上海市黄浦区", Address: "上海市浦东新区世纪大道 1 号", Photo: jpeg},
		application.OwnDraft{ID: o.id(), Matter: "RT04", Licence: c.licence.ID}, func(pgx.Tx, string) (string, error) { return "", nil })
	require.NoError(o.t, err)
	p, err = o.cases.OwnSave(me, p.ID, application.Edited{
		ID: o.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{"reason": "LOST", "statement": "上周在公交车上遗失", "delivery": "COUNTER"},
	})
	require.NoError(o.t, err)
	return c, p
}

// online is a case that somebody submitted at home.
func (o *office) online(n int) (citizen, application.Page) {
	o.t.Helper()
	c, p := o.drafted(n)
	p, err := o.cases.OwnAttach(applicant(c), p.ID, "M03", "身份证.jpg", jpeg)
	require.NoError(o.t, err)
	p, err = o.cases.OwnDo(applicant(c), p.ID, licensing.Submit, application.Order{ID: o.id(), Version: p.Version})
	require.NoError(o.t, err)
	return c, o.show(p.ID)
}

func (o *office) show(id string) application.Page {
	o.t.Helper()
	p, err := o.cases.Show(o.As("clerk"), id)
	require.NoError(o.t, err)
	return p
}

// granted brings an accepted case to its decision.
func (o *office) granted(p application.Page) application.Page {
	o.t.Helper()
	p, err := o.cases.Claim(o.As("rev"), p.ID, application.Order{ID: o.id(), Version: p.Revision})
	require.NoError(o.t, err)
	for _, c := range p.Checks {
		if c.Result == application.Unknown {
			p, err = o.cases.Confirm(o.As("rev"), p.ID, application.Seen{Code: c.Code, Version: p.Revision, Text: "已核对证明原件"})
			require.NoError(o.t, err, c.Code)
		}
	}
	p = o.do("rev", p, licensing.PassReview, "材料齐全，符合条件")
	return o.do("boss", p, licensing.Grant, "")
}

// do makes an event happen to a case.
func (o *office) do(who string, p application.Page, e licensing.Event, text string) application.Page {
	o.t.Helper()
	out, err := o.cases.Do(o.As(who), p.ID, e, application.Order{ID: o.id(), Version: p.Revision, Text: text})
	require.NoError(o.t, err, "%s by %s in %s", e, who, p.State)
	return out
}

// work starts a copy's jobs until the test ends or stop is called.
func (o *office) work(q *jobs.Queue) (stop func()) {
	o.t.Helper()
	end, err := q.Start(context.Background())
	require.NoError(o.t, err)
	var once sync.Once
	stop = func() { once.Do(func() { _ = end(context.Background()) }) }
	o.t.Cleanup(stop)
	return stop
}

func (o *office) until(f func() bool) {
	o.t.Helper()
	require.Eventually(o.t, f, 30*time.Second, 20*time.Millisecond)
}

func (o *office) states(no string) (out []State) {
	o.t.Helper()
	list, err := o.one.Messages(o.As("sys"), Filter{}, db.Page{Q: no, PageSize: 100, Sort: ""})
	require.NoError(o.t, err)
	for i := len(list.Items) - 1; i >= 0; i-- {
		out = append(out, list.Items[i].State)
	}
	return out
}

func (o *office) allSent(no string) bool {
	for _, s := range o.states(no) {
		if s != Sent && s != Skipped {
			return false
		}
	}
	return true
}
