package application_test

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	jpegfile "image/jpeg"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// hall is a licensing office with a clerk, two reviewers and two approvers, and
// somebody with a certificate for passengers and freight.
type hall struct {
	*examtest.World
	*application.Service
	t       *testing.T
	people  *practitioner.Service
	person  practitioner.Person
	licence practitioner.Licence
	orders  atomic.Int64

	sanctions  *sanction.Service
	sittings   *sitting.Service
	enrolments *enrolment.Service
}

const driver = "310101198501010014"

// jpeg is the smallest that opens.
var jpeg = func() string { //nolint:gochecknoglobals // made once
	var b strings.Builder
	if err := jpegfile.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		panic(err)
	}
	return b.String()
}()

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{World: examtest.New(t), t: t}
	h.people = practitioner.New(h.DB, h.Keys, h.Audit, h.Clock)
	matters := matter.New(h.DB, h.Keys, h.Audit, h.Clock)
	require.NoError(t, matters.Load(t.Context(), matter.Files()))
	letters, err := letter.New(h.DB, h.Keys, h.Audit, h.Clock, letter.Agency{
		Code: "310000", Name: "上海市交通委员会（演示）", Prefix: "沪交从", Review: "上海市人民政府", Court: "上海铁路运输法院", Phone: "021-12345678", Address: "世博村路 300 号",
	})
	require.NoError(t, err)
	credits := credit.New(h.DB, h.Keys, h.Audit, h.Clock, nil, nil)
	h.sittings = sitting.New(sitting.Parts{
		DB: h.DB, Keys: h.Keys, Audit: h.Audit, Blobs: h.Blobs, Clock: h.Clock, Venues: venue.New(h.DB, h.Keys, h.Audit, h.Clock),
	})
	h.enrolments = enrolment.New(h.DB, h.Keys, h.Audit, h.Clock, h.people, h.sittings, credits)
	h.sanctions = sanction.New(h.DB, h.Keys, h.Audit, h.Clock, slog.New(slog.DiscardHandler))
	h.Service = application.New(application.Parts{
		DB: h.DB, Keys: h.Keys, Audit: h.Audit, Blobs: h.Blobs, Clock: h.Clock, Matters: matters, People: h.people,
		Calendar: calendar.New(h.DB, h.Audit, h.Clock), Credits: credits, Enrolments: h.enrolments, Letters: letters, Sanctions: h.sanctions,
		Staff: func(context.Context, db.Q, string) ([]application.Officer, error) {
			return []application.Officer{{ID: "id-rev", Name: "姓名rev"}, {ID: "id-rev2", Name: "姓名rev2"}, {ID: "id-rev3", Name: "姓名rev3"}, {ID: "id-all", Name: "姓名all"}}, nil
		},
	})
	h.sanctions.Listed, h.sanctions.Licences = h.Listed, certificates{h.people}
	barred := func(ctx context.Context, tx pgx.Tx, l sanction.Lock) error {
		return h.Barred(ctx, tx, l.Person, l.DecisionNo)
	}
	h.sanctions.Locked, h.sanctions.Lifted = barred, barred
	application.Register(h.Web, h.Service)
	desk := []string{application.PermList, application.PermSubmit, application.PermAccept, application.PermCertify}
	h.Staff("clerk", desk...)
	h.Staff("clerk2", desk...)
	for _, r := range []string{"rev", "rev2", "rev3"} {
		h.Staff(r, application.PermList, application.PermReview, application.PermRecheck)
	}
	h.Staff("boss", application.PermList, application.PermApprove, application.PermRecheck)
	h.Staff("all", application.PermList, application.PermSubmit, application.PermAccept, application.PermReview, application.PermApprove, application.PermCertify, application.PermRecheck)
	h.Staff("nobody")
	h.Staff("cashier", enrolment.PermList, enrolment.PermPay)
	h.Staff("office", enrolment.PermList, enrolment.PermArrange, enrolment.PermExport, sitting.PermList, sitting.PermEnrol, sitting.PermSave, sitting.PermSuspend)
	id, err := person.ParseID(driver)
	require.NoError(t, err)
	require.NoError(t, h.DB.InTx(auth.System(t.Context(), "test"), func(tx pgx.Tx) (err error) {
		ctx := auth.System(t.Context(), "test")
		if h.person, err = h.people.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张建国"}); err != nil {
			return err
		}
		h.licence, err = h.people.Issue(ctx, tx, practitioner.Grant{
			Person: h.person.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"01001", "02001"}, On: clock.Date{Year: 2024, Month: 3, Day: 1},
		})
		return err
	}))
	return h
}

func (h *hall) id() string { return fmt.Sprintf("order-%04d", h.orders.Add(1)) }

func (h *hall) draft(code string) application.Draft {
	return application.Draft{
		ID: h.id(), Matter: code, Name: "张建国", IDNo: driver, Mobile: "13900001234", Licence: h.licence.ID, Categories: []string{"01001", "02001"},
		Form: map[string]string{
			"address": "上海市浦东新区世纪大道 1 号 502 室", "reason": "LOST", "statement": "上周在公交车上遗失，已登报声明", "delivery": "COUNTER", "agent": "SELF",
		},
	}
}

// opened is a draft with everything that a reissue asks for.
func (h *hall) opened(code string) application.Page {
	h.t.Helper()
	p, err := h.Open(h.As("clerk"), h.draft(code))
	require.NoError(h.t, err)
	_, err = h.Attach(h.As("clerk"), p.ID, "M03", "", nil)
	require.NoError(h.t, err)
	if code == "RT07" {
		p, err = h.Attach(h.As("clerk"), p.ID, "M08", "", nil)
	} else {
		p, err = h.Attach(h.As("clerk"), p.ID, "M05", "照片.jpg", []byte(jpeg))
	}
	require.NoError(h.t, err)
	return p
}

func (h *hall) do(who string, p application.Page, e licensing.Event, text string) application.Page {
	h.t.Helper()
	out, err := h.Service.Do(h.As(who), p.ID, e, h.ordered(p, e, text))
	require.NoError(h.t, err, "%s by %s in %s", e, who, p.State)
	h.asShown(who, out)
	return out
}

// ordered is an order with what the event wants beside words.
func (h *hall) ordered(p application.Page, e licensing.Event, text string) application.Order {
	o := application.Order{ID: h.id(), Version: p.Revision, Text: text}
	switch e {
	case licensing.Refuse:
		o.Ground, o.Competent = application.Outside, "江苏省交通运输厅"
	case licensing.Deny:
		o.Unmet = []string{p.Matter.Main(p.Categories)}
	case licensing.Deliver:
		o.Delivery = &letter.Handover{Mode: letter.Direct}
	}
	return o
}

// asShown proves that an act answers what anybody reads afterwards: what its
// transaction had read before is not taken for what it wrote.
func (h *hall) asShown(who string, p application.Page) {
	h.t.Helper()
	shown, err := h.Show(h.As(who), p.ID)
	require.NoError(h.t, err)
	p.Name = shown.Name // the person's, which a decision may have changed
	require.Equal(h.t, words(h.t, shown), words(h.t, p))
}

func words(t *testing.T, p application.Page) string {
	t.Helper()
	out, err := json.MarshalIndent(p, "", " ")
	require.NoError(t, err)
	return string(out)
}

// reviewed brings a case to the approver, everything unknown confirmed.
func (h *hall) reviewed(code string) application.Page {
	h.t.Helper()
	p := h.do("clerk", h.opened(code), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(h.t, err)
	return h.do("rev", h.confirmed("rev", p), licensing.PassReview, "材料齐全，符合条件")
}

func (h *hall) confirmed(who string, p application.Page) application.Page {
	h.t.Helper()
	for _, c := range p.Checks {
		if c.Result != application.Unknown {
			continue
		}
		var err error
		p, err = h.Confirm(h.As(who), p.ID, application.Seen{Code: c.Code, Version: p.Revision, Text: "已核对证明原件"})
		require.NoError(h.t, err, c.Code)
	}
	return p
}
