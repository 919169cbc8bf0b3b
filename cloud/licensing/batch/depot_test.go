package batch_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

const (
	pudong = "11100000000019713D"
	other  = "113100000024200399"
)

// depot is a licensing office and two bus companies.
type depot struct {
	*examtest.World
	*batch.Service
	t      *testing.T
	cases  *application.Service
	people *practitioner.Service
}

func newDepot(t *testing.T) *depot {
	t.Helper()
	h := &depot{World: examtest.New(t), t: t}
	h.people = practitioner.New(h.DB, h.Keys, h.Audit, h.Clock)
	matters := matter.New(h.DB, h.Keys, h.Audit, h.Clock)
	require.NoError(t, matters.Load(t.Context(), matter.Files()))
	letters, err := letter.New(h.DB, h.Keys, h.Audit, h.Clock, letter.Agency{
		Code: "310000", Name: "上海市交通委员会（演示）", Prefix: "沪交从", Review: "上海市人民政府", Court: "上海铁路运输法院", Phone: "021-12345678", Address: "世博村路 300 号",
	})
	require.NoError(t, err)
	h.cases = application.New(application.Parts{
		DB: h.DB, Keys: h.Keys, Audit: h.Audit, Blobs: h.Blobs, Clock: h.Clock, Matters: matters, People: h.people,
		Calendar: calendar.New(h.DB, h.Audit, h.Clock), Credits: credit.New(h.DB, h.Keys, h.Audit, h.Clock, nil, nil), Letters: letters,
		Sanctions: sanction.New(h.DB, h.Keys, h.Audit, h.Clock, slog.New(slog.DiscardHandler)),
		Staff: func(context.Context, db.Q, string) ([]application.Officer, error) {
			return []application.Officer{{ID: "id-rev"}}, nil
		},
	})
	h.Service = batch.New(batch.Parts{DB: h.DB, Keys: h.Keys, Audit: h.Audit, Blobs: h.Blobs, Clock: h.Clock, Cases: h.cases, People: h.people})
	batch.Register(h.Web, h.Service)
	h.Staff("clerk", batch.PermList, application.PermList, application.PermSubmit, application.PermAccept, application.PermCertify)
	h.Staff("rev", application.PermList, application.PermReview, application.PermRecheck)
	h.Staff("boss", application.PermList, application.PermApprove)
	h.Staff("reader", batch.PermList)
	h.Staff("nobody")
	return h
}

// agent is a company's own, at the online door.
func agent(code string) context.Context {
	return auth.With(context.Background(), auth.Actor{ID: code, Kind: application.KindCompany, Name: "企业经办", Perms: auth.NewPerms(application.PermCompany)})
}

func idLike(first17 string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first17[i]-'0') * w
	}
	return first17 + string("10X98765432"[sum%11])
}

// number is the nth synthetic ID number.
func number(n int) string { return idLike(fmt.Sprintf("31010119900%d%02d%03d", 1+n/28%9, 1+n%28, n)) }

func on(t *testing.T, text string) clock.Date {
	t.Helper()
	d, err := clock.ParseDate(text)
	require.NoError(t, err)
	return d
}

// holder makes somebody who holds a bus certificate.
func (h *depot) holder(n int, category, issued string) practitioner.Licence {
	h.t.Helper()
	id, err := person.ParseID(number(n))
	require.NoError(h.t, err)
	ctx := auth.System(h.t.Context(), "test")
	var l practitioner.Licence
	require.NoError(h.t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		p, err := h.people.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: name(n)})
		if err == nil {
			l, err = h.people.Issue(ctx, tx, practitioner.Grant{Person: p.ID, Act: practitioner.First, Type: practitioner.Bus, Categories: []string{category}, On: on(h.t, issued)})
		}
		return err
	}))
	return l
}

func name(n int) string {
	return "公交" + string([]rune("甲乙丙丁戊己庚辛壬癸")[n%10]) + string([]rune("子丑寅卯辰巳午未申酉戌亥")[n/10%12])
}

// entry is a row of a roster by the columns that matter.
func entry(n int, post, what string, more ...any) []any {
	row := []any{name(n), number(n), post, what, fmt.Sprintf("139%08d", n), "", "", "", "", "", ""}
	for i := 0; i+1 < len(more); i += 2 {
		row[more[i].(int)] = more[i+1]
	}
	return row
}

func lost(n int) []any {
	return entry(n, "调度员", "补证", 5, "遗失", 6, "十一月二十日在车队遗失")
}

func roster(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	book, err := sheet.Write("企业名册", batch.Columns(), rows)
	require.NoError(t, err)
	return book
}

func portrait(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 358, 441))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for n, data := range files {
		f, err := w.Create(n)
		require.NoError(t, err)
		_, err = f.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func upload(book, files []byte) batch.Upload {
	return batch.Upload{Company: "浦东公交（演示）", Code: pudong, Contact: "王经办", Phone: "13900001111", Address: "上海市浦东新区杨高路 1 号", Workbook: book, Files: files}
}

func (h *depot) open() {
	h.t.Helper()
	for {
		n, err := h.Open(h.t.Context())
		require.NoError(h.t, err)
		if n == 0 {
			return
		}
	}
}

func (h *depot) act(id string, e licensing.Event) []batch.Result {
	h.t.Helper()
	var out []batch.Result
	for after := 0; ; {
		got, err := h.Act(h.As("clerk"), id, batch.Asked{Event: e, After: after})
		require.NoError(h.t, err)
		out = append(out, got.Items...)
		if after = got.Next; after == 0 {
			return out
		}
	}
}

func (h *depot) rows(id string) []batch.Row {
	h.t.Helper()
	got, err := h.Rows(h.As("reader"), id, batch.RowFilter{}, db.Page{PageSize: 200})
	require.NoError(h.t, err)
	return got.Items
}

// holds says whether a text lies in any row of any table, as text or as bytes.
func (h *depot) holds(text string) bool {
	h.t.Helper()
	rows, err := h.DB.Query(h.t.Context(), `SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	require.NoError(h.t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(h.t, err)
	for _, table := range tables {
		found, err := db.Value[bool](h.t.Context(), h.DB, `SELECT EXISTS (SELECT FROM `+table+` r WHERE strpos(r::text, $1) > 0 OR strpos(r::text, $2) > 0)`,
			text, hex.EncodeToString([]byte(text)))
		require.NoError(h.t, err)
		if found {
			return true
		}
	}
	return false
}

// decide reviews and grants one case.
func (h *depot) decide(id string) {
	h.t.Helper()
	p, err := h.cases.Show(h.As("rev"), id)
	require.NoError(h.t, err)
	p, err = h.cases.Claim(h.As("rev"), id, application.Order{ID: "claim-" + id, Version: p.Revision})
	require.NoError(h.t, err)
	for _, c := range p.Checks {
		if c.Result == application.Unknown {
			p, err = h.cases.Confirm(h.As("rev"), id, application.Seen{Code: c.Code, Version: p.Revision, Text: "已核对证明原件"})
			require.NoError(h.t, err, c.Code)
		}
	}
	p, err = h.cases.Do(h.As("rev"), id, licensing.PassReview, application.Order{ID: "review-" + id, Version: p.Revision, Text: "符合条件"})
	require.NoError(h.t, err)
	_, err = h.cases.Do(h.As("boss"), id, licensing.Grant, application.Order{ID: "grant-" + id, Version: p.Revision})
	require.NoError(h.t, err)
}

// complete is how many drafts the batch's page says can be submitted.
func (h *depot) complete(id string) int {
	h.t.Helper()
	p, err := h.Show(h.As("clerk"), id)
	require.NoError(h.t, err)
	return p.Complete
}
