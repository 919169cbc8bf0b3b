package examtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Story is a world with the exam domain in it: a bank, a rule, a venue with
// one enrolled device, and staff. It plays the venue's part of the link.
type Story struct {
	SEB     string // what planned sittings ask of their terminals
	Renewed string // 是: candidates of planned sittings have registered anew
	*World
	Bank     *bank.Service
	Papers   *paper.Service
	Venues   *venue.Service
	Sittings *sitting.Service
	Classes  *class.Service
	Device   *Device
	Venue    venue.Venue
	Rule     paper.Rule
	People   int // registered so far
}

// Device is the enrolled device of a venue: what it was ordered, and the
// journal that it sends.
type Device struct {
	Node, VenueID string
	Key           *sm.SoftKey
	None          bool // nobody has enrolled
	// Sent is every record that the device has made, in order.
	Sent []journal.Record

	mu     sync.Mutex
	orders []wire.Order
	seq    uint64
	head   sm.Digest
}

// Append makes Device the cloud's Orders.
func (d *Device) Append(_ context.Context, _ pgx.Tx, node, _, kind, subject string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if node != d.Node {
		return fmt.Errorf("order to %s", node)
	}
	d.orders = append(d.orders, wire.Order{Seq: uint64(len(d.orders) + 1), Kind: kind, Subject: subject, Body: raw})
	return nil
}

// Orders lists the bodies of one kind.
func Orders[T any](t testing.TB, d *Device, kind string) []T {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []T
	for _, o := range d.orders {
		if o.Kind == kind {
			out = append(out, Decode[T](t, o.Body))
		}
	}
	return out
}

// NodeFor and VenueOf make Device the cloud's Nodes.
func (d *Device) NodeFor(_ context.Context, _ pgx.Tx, venue string) (string, *sm.PublicKey, error) {
	if d.None || venue != d.VenueID {
		return "", nil, fault.New(fault.Precondition, "exam.node.none", "该分考场尚无已注册的边缘设备")
	}
	return d.Node, d.Key.Public(), nil
}

// VenueOf knows one device and one stranger.
func (d *Device) VenueOf(_ context.Context, _ pgx.Tx, node string) (string, error) {
	if node == d.Node {
		return d.VenueID, nil
	}
	return "venue-of-" + node, nil
}

// Record is the device's next record.
func (d *Device) Record(t testing.TB, at time.Time, kind, subject string, body any) journal.Record {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	r := journal.Next(d.head, d.seq, at, kind, subject, raw)
	d.head = r.Hash
	d.Sent = append(d.Sent, r)
	return r
}

// NewStory makes the world, imports a bank of 40 questions for category 09002,
// a rule of ten, and a venue of twenty seats.
func NewStory(t testing.TB) *Story {
	t.Helper()
	w := New(t)
	s := &Story{World: w, Device: &Device{Node: "node-1"}}
	key, err := sm.Generate()
	require.NoError(t, err)
	s.Device.Key = key
	s.Bank = bank.New(w.DB, w.Keys, w.Audit, w.Blobs, w.Clock)
	s.Papers = paper.New(w.DB, s.Bank, w.Audit, w.Clock)
	s.Venues = venue.New(w.DB, w.Keys, w.Audit, w.Clock)
	s.Venues.Nodes = s.Device
	s.Classes = class.New(w.DB, w.Keys, w.Audit, w.Clock)
	s.Sittings = sitting.New(sitting.Parts{
		DB: w.DB, Keys: w.Keys, Audit: w.Audit, Blobs: w.Blobs, Clock: w.Clock, Bank: s.Bank, Papers: s.Papers,
		Venues: s.Venues, Classes: s.Classes, Orders: s.Device, Nodes: s.Device,
	})
	bank.Register(w.Web, s.Bank)
	paper.Register(w.Web, s.Papers)
	venue.Register(w.Web, s.Venues)
	class.Register(w.Web, s.Classes)
	sitting.Register(w.Web, s.Sittings)
	w.Staff("boss", bank.PermList, bank.PermShow, bank.PermImport, bank.PermReview, paper.PermList, paper.PermSave,
		paper.PermPreview, venue.PermList, venue.PermSave, venue.PermSwitch, sitting.PermList, sitting.PermSave,
		sitting.PermReveal, sitting.PermReview, sitting.PermDispatch, sitting.PermRelease, sitting.PermUnlock, sitting.PermSuspend,
		sitting.PermWatch, sitting.PermPrint, sitting.PermEnrol, sitting.PermConfirm, class.PermPlanSave, class.PermList, class.PermSave,
		class.PermEnrol, class.PermResult)
	w.Staff("second", bank.PermReview)
	s.fill(t)
	return s
}

func (s *Story) fill(t testing.TB) {
	t.Helper()
	ctx := s.As("boss")
	book, err := sheet.Write("试题", bank.Columns(), Questions())
	require.NoError(t, err)
	in, err := s.Bank.Import(ctx, bank.Upload{FileName: "bank.xlsx", Workbook: book})
	require.NoError(t, err)
	require.True(t, in.OK, "%+v", in.Problems)
	_, err = s.Bank.Decide(s.As("second"), in.Batch, true, "")
	require.NoError(t, err)
	saved, err := s.Papers.Create(ctx, Rule(), paper.Exposure{})
	require.NoError(t, err)
	require.True(t, saved.Feasibility.Exact, "%+v", saved.Feasibility.Shortages)
	s.Rule = saved.Rule
	seats := make([]string, 20)
	for i := range seats {
		seats[i] = fmt.Sprintf("A%02d", i+1)
	}
	s.Venue, err = s.Venues.Create(ctx, venue.Draft{
		Code: "101", Name: "浦东分考场", District: "浦东新区", Address: "杨高路 1 号", Contact: "王主任", Mobile: "13800000000",
		Rooms: []venue.Room{{Name: "一号机房", Seats: seats}},
	})
	require.NoError(t, err)
	s.Device.VenueID = s.Venue.ID
}

// Questions are rows of an import workbook: 20 true/false, 15 single, 5 multi
// and 2 cases of two.
func Questions() [][]any {
	var rows [][]any
	row := func(kind, level, stem, answer, number string, opts ...string) {
		r := []any{kind, "巡游出租", "09002", "区域科目", []string{"服务规范", "运价"}[len(rows)%2], level, stem, "", "", "", "", "", "", answer, "", "", "", number}
		for i, o := range opts[:min(len(opts), 6)] {
			r[7+i] = o //nolint:gosec // 18 columns, options from the eighth
		}
		rows = append(rows, r)
	}
	for i := range 20 {
		row("判断", fmt.Sprint(i%5+1), fmt.Sprintf("判断题第 %d 号", i), []string{"对", "错"}[i%2], "")
	}
	for i := range 15 {
		row("单选", fmt.Sprint(i%5+1), fmt.Sprintf("单选题第 %d 号", i), string("ABCD"[i%4]), "", "甲", "乙", "丙", "丁")
	}
	for i := range 5 {
		row("多选", "3", fmt.Sprintf("多选题第 %d 号", i), "ABD", "", "甲", "乙", "丙", "丁")
	}
	for i := range 2 {
		k := fmt.Sprintf("K%d", i)
		row("案例", "3", fmt.Sprintf("案例第 %d 号：雨夜追尾", i), "", k)
		row("判断", "", "应当先报警", "对", k)
		row("单选", "", "车应停在哪里", "B", k, "路中", "应急车道", "桥上", "路口")
	}
	return rows
}

// Rule is five true/false, two single, one multi, one case of two: 10 items,
// 16 points.
func Rule() exam.Rule {
	return exam.Rule{
		Name: "出租汽车区域科目", Category: "09002", Subject: "区域科目", Minutes: 60, Pass: 80, Shuffle: true, ShuffleOpts: true,
		Sections: []exam.Section{
			{Type: exam.TF, Count: 5, Each: 10},
			{Type: exam.Single, Count: 2, Each: 20},
			{Type: exam.Multi, Count: 1, Each: 30},
			{Type: exam.Case, Count: 1, Each: 20, Subs: 2},
		},
	}
}

// IDNumber is a valid ID number of somebody born in 1990.
func IDNumber(n int) string { return IDBorn(fmt.Sprintf("1990010%d", n%9+1), n) }

// IDBorn is a valid ID number of somebody born on a day, yyyymmdd.
func IDBorn(day string, n int) string {
	body := fmt.Sprintf("310101%s%03d", day, n)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

// Portrait is a picture that differs for each n.
func Portrait(t testing.TB, n int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 100, 120))
	for x := range 100 {
		for y := range 120 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(n * 7), uint8(x), uint8(y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// Roster is a candidate workbook of n people and the zip of their portraits.
func Roster(t testing.TB, from, n int) (workbook, photos []byte) { return roster(t, from, n, "") }

func roster(t testing.TB, from, n int, renewed string) (workbook, photos []byte) {
	t.Helper()
	var rows [][]any
	files := map[string][]byte{}
	for i := from; i < from+n; i++ {
		rows = append(rows, []any{"张三" + string(rune('一'+i)), IDNumber(i), "13900000000", "", "是", "", renewed})
		files[IDNumber(i)+".png"] = Portrait(t, i)
	}
	book, err := sheet.Write("考生", sitting.CandidateColumns(), rows)
	require.NoError(t, err)
	return book, Zip(t, files)
}

// Planned is a sitting of n candidates, not yet assigned.
func (s *Story) Planned(t testing.TB, n int) sitting.Sitting {
	t.Helper()
	ctx := s.As("boss")
	in, err := s.Sittings.Create(ctx, sitting.Plan{
		Title: "十一月区域科目", Venue: s.Venue.ID, Room: "一号机房", Rule: s.Rule.ID, RuleVersion: s.Rule.Version,
		StartsAt: s.Clock.Now().Add(time.Hour), SEB: s.SEB,
	})
	require.NoError(t, err)
	book, photos := roster(t, s.People, n, s.Renewed) // nobody registers twice for one subject
	s.People += n
	got, err := s.Sittings.Import(ctx, in.ID, sitting.Upload{FileName: "c.xlsx", Workbook: book, Photos: photos})
	require.NoError(t, err)
	require.True(t, got.OK, "%+v", got.Problems)
	return in
}

// Assigned is Planned, seated and sent to the venue.
func (s *Story) Assigned(t testing.TB, n int) sitting.Sitting {
	t.Helper()
	in := s.Planned(t, n)
	s.Confirm(t, in.ID)
	in, err := s.Sittings.Assign(s.As("boss"), in.ID)
	require.NoError(t, err)
	return in
}

// Confirm says that the candidates of a sitting may sit it, kind by kind.
func (s *Story) Confirm(t testing.TB, id string) {
	t.Helper()
	groups, err := s.Sittings.Groups(s.As("boss"), id)
	require.NoError(t, err)
	for _, g := range groups {
		if !g.Confirmed {
			require.NoError(t, s.Sittings.Confirm(s.As("boss"), id, sitting.Assent{Kind: g.Kind, Roll: g.Roll, Basis: "报名材料已核对"}))
		}
	}
}

// Report sends records of the venue, each made by the device.
func (s *Story) Report(t testing.TB, kind, subject string, body any) {
	t.Helper()
	require.NoError(t, s.Apply(s.Device.Record(t, s.Clock.Now(), kind, subject, body)))
}

// Apply gives records to the projection as the link does.
func (s *Story) Apply(recs ...journal.Record) error {
	ctx := auth.System(context.Background(), "link")
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.Sittings.ApplyBatch(ctx, tx, s.Device.Node, recs); err != nil {
			return err
		}
		return s.Venues.ApplyBatch(ctx, tx, s.Device.Node, recs)
	})
}

// Ask sends the venue's request to open and returns the id under which the
// centre knows it.
func (s *Story) Ask(t testing.TB, sittingID string) string {
	t.Helper()
	id := uuid.NewString()
	s.Report(t, wire.KindOpeningRequested, sittingID, wire.OpeningRequested{
		Request: id, Sitting: sittingID, By: "proctor", Proctors: []string{"李监考", "陈监考"}, Checks: []wire.Check{{Code: "clock", Name: "时钟", OK: true}},
	})
	var opening string
	require.NoError(t, s.DB.QueryRow(context.Background(), `SELECT id FROM exam_opening WHERE request = $1`, id).Scan(&opening))
	return opening
}

// Dispatched is Assigned, asked for, approved and sent.
func (s *Story) Dispatched(t testing.TB, n int) (sitting.Sitting, wire.PackManifest) {
	t.Helper()
	in := s.Assigned(t, n)
	out, err := s.Sittings.Decide(s.As("boss"), s.Ask(t, in.ID), sitting.Decision{Approve: true})
	require.NoError(t, err)
	require.Empty(t, out.Failure)
	require.Equal(t, sitting.Dispatched, out.State)
	manifests := Orders[wire.PackManifest](t, s.Device, wire.OrderPackManifest)
	in, err = s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	return in, manifests[len(manifests)-1]
}

// Released is Dispatched, received and preflighted: the key is out.
func (s *Story) Released(t testing.TB, n int) (sitting.Sitting, wire.PackManifest) {
	t.Helper()
	in, m := s.Dispatched(t, n)
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, Size: m.Size, Via: "h3", OK: true})
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true, Checks: []wire.Check{{Code: "disk", OK: true}}})
	in, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Released, in.State)
	return in, m
}

// Tx is a transaction, so that tests need not name the driver.
type Tx = pgx.Tx

// InTx runs fn as the system in a transaction.
func (s *Story) InTx(t testing.TB, fn func(ctx context.Context, tx Tx) error) {
	t.Helper()
	ctx := auth.System(context.Background(), "link")
	require.NoError(t, s.DB.InTx(ctx, func(tx pgx.Tx) error { return fn(ctx, tx) }))
}
