// Package apptest puts a whole venue together for tests: the real store in a
// temporary folder, real keys, a real sealed package, a clock that the test
// moves, and a stand-in for the download alone. It restarts the venue on the
// same folder the way a power cut does. Tests of every package of the edge use
// it; no program does.
package apptest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision/fake"
	"huyun.internal/edge/app"
	"huyun.internal/edge/face"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Names every test venue has.
const (
	Node    = "edge-test"
	VenueID = "venue-1"
	Sitting = "sitting-1"
	Minutes = 60
	Early   = 10
)

// House is a venue under test.
type House struct {
	*app.Venue
	T      testing.TB
	Time   *clock.Test
	Faces  *fake.Client
	Built  pack.Built
	Cloud  *sm.SoftKey
	Device *sm.SoftKey
	Dir    string

	mu    sync.Mutex
	blobs map[sm.Digest][]byte
	cut   bool
	seq   uint64
	Up    supervise.Link
	off   bool   // a rehearsal has cut the line
	SEB   string // what the sitting asks of its terminals

	declines map[int]bool
}

// Option changes a house before it is built.
type Option func(h *House)

// Declines makes candidate i one who does not agree to face checks.
func Declines(i int) Option { return func(h *House) { h.declines[i] = true } }

// New builds a venue with n candidates and their seats A01…; nothing of the
// sitting has arrived yet.
func New(t testing.TB, n int, options ...Option) *House {
	t.Helper()
	h := &House{
		declines: map[int]bool{},
		T:        t, Time: clock.NewTest(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)), Faces: fake.New(),
		Dir: t.TempDir(), blobs: map[sm.Digest][]byte{}, Up: supervise.Link{Connected: true, Transport: "quic", Offset: new(time.Duration)},
	}
	var err error
	h.Cloud, err = sm.Generate()
	require.NoError(t, err)
	h.Device, err = sm.Generate()
	require.NoError(t, err)
	require.NoError(t, store.Create(h.Dir, store.Identity{Node: Node}))
	for _, o := range options {
		o(h)
	}
	h.build(n)
	h.open()
	t.Cleanup(func() { require.NoError(t, h.Store.Close()) })
	return h
}

func (h *House) open() {
	st, err := store.Open(h.Dir, store.Options{Node: Node, Clock: h.Time, Ballast: -1, Reserve: 1 << 20})
	require.NoError(h.T, err)
	policy := face.Default()
	policy.Engines[fake.Engine] = face.Stages{
		wire.StageEntry: {Pass: 0.5, Fail: 0.2}, wire.StagePre: {Pass: 0.5, Fail: 0.2}, wire.StageRandom: {Pass: 0.5, Fail: 0.2},
	}
	h.Venue, err = app.Assemble(h.T.Context(), app.Parts{
		Store: st, Keeper: h.Device, Cloud: h.Cloud.Public(), Node: Node, Venue: VenueID, VenueName: "测试考场",
		Dir: h.Dir, Clock: h.Time, Fetch: h, Vision: h.Faces, Policy: policy, Line: h,
		Link: func() supervise.Link { h.mu.Lock(); defer h.mu.Unlock(); return h.Up },
	})
	require.NoError(h.T, err)
	h.Pulse.WaitForSights(20 * time.Millisecond) // a test's terminals answer at once or never
}

// Restart closes everything and starts again from the disk, as after a power
// cut; gone is how long the machine was off.
func (h *House) Restart(gone time.Duration) {
	h.T.Helper()
	require.NoError(h.T, h.Store.Close())
	h.Time.Advance(gone)
	h.open()
	h.Exam.Look(h.T.Context())
}

// Cut is the uplink's switch: the link goes, or comes back, at once.
func (h *House) Cut(off bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.off, h.Up.Connected = off, !off
}

// IsCut reports whether the line was cut by the switch.
func (h *House) IsCut() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.off
}

// Count makes the link's account of what waits the true one.
func (h *House) Count() {
	h.T.Helper()
	left := map[string]uint64{}
	for _, lane := range journal.Lanes() {
		head, err := h.Store.Journal(lane).Head()
		require.NoError(h.T, err)
		left[lane] = head.Seq - h.Store.Acked(lane).Seq
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Up.Unacked = left
}

// Confirm is the centre's word that it has everything.
func (h *House) Confirm() {
	h.T.Helper()
	for _, lane := range journal.Lanes() {
		head, err := h.Store.Journal(lane).Head()
		require.NoError(h.T, err)
		require.NoError(h.T, h.Store.SetAcked(h.T.Context(), lane, head))
	}
	h.Count()
}

// CutDownload makes every fetch fail, or work again.
func (h *House) CutDownload(cut bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut = cut
}

// FetchBlob is the download.
func (h *House) FetchBlob(_ context.Context, digest sm.Digest, dst string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, ok := h.blobs[digest]
	if h.cut || !ok {
		return "", fault.Unavailablef("test.cut", "断开")
	}
	return "https", os.WriteFile(dst, b, 0o600)
}

// Publish offers bytes for download.
func (h *House) Publish(b []byte) sm.Digest {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := sm.Sum(b)
	h.blobs[d] = b
	return d
}

// Photo is the reference picture of candidate i; the fake engine takes equal
// bytes for the same person.
func Photo(i int) []byte {
	return append([]byte("\xff\xd8\xff\xe0 person "), byte('0'+i%10), byte('0'+i/10))
}

// CandidateID, Admission and IDNumber name candidate i.
func CandidateID(i int) string { return fmt.Sprintf("cand-%03d", i) }

// Admission is the admission number of candidate i.
func Admission(i int) string { return fmt.Sprintf("2026%06d", i) }

// IDNumber is a made-up number; its last four places differ.
func IDNumber(i int) string { return fmt.Sprintf("31010119900101%04d", i) }

// Seat is the seat of candidate i.
func Seat(i int) string { return fmt.Sprintf("A%02d", i+1) }

func (h *House) build(n int) {
	content := pack.Content{
		Sitting: Sitting, Venue: VenueID, Version: 1, Made: h.Time.Now(),
		Rule: rule(), Range: pexam.Range{ID: "range-1", Questions: questions()}, Secret: make([]byte, pack.SecretSize),
		Unlock: pack.Unlock{Need: 2, Of: 3},
	}
	_, err := rand.Read(content.Secret)
	require.NoError(h.T, err)
	for i := range n {
		p := pack.Picture{Type: "image/jpeg", Bytes: Photo(i)}
		p.Digest = sm.Sum(p.Bytes).String()
		content.Photos = append(content.Photos, p)
		content.Candidates = append(content.Candidates, pack.Candidate{
			ID: CandidateID(i), AdmissionNo: Admission(i), Name: fmt.Sprintf("张%d", i), IDNumber: IDNumber(i),
			Category: "09002", Seat: Seat(i), Photo: p.Digest, Consent: !h.declines[i],
		})
	}
	var out bytes.Buffer
	h.Built, err = pack.Build(&out, content, h.Cloud, h.Device.Public())
	require.NoError(h.T, err)
	h.Publish(out.Bytes())
}

func rule() pexam.Rule {
	return pexam.Rule{
		ID: "rule-1", Version: 1, Name: "测试规则", Category: "09002", Subject: "区域科目", Minutes: Minutes, Pass: 60,
		Shuffle: true, ShuffleOpts: true, ShowScore: true, EarlyMinutes: Early,
		Sections: []pexam.Section{
			{Type: pexam.TF, Count: 4, Each: 10}, {Type: pexam.Single, Count: 4, Each: 10}, {Type: pexam.Multi, Count: 2, Each: 20},
		},
	}
}

// Marker stands in every question, so that a test can search a disk for it.
const Marker = "试题标记QZ7"

func questions() []pexam.Question {
	var out []pexam.Question
	add := func(typ pexam.Type, n int, answer []string, options []pexam.Option) {
		for i := range n {
			out = append(out, pexam.Question{
				ID: fmt.Sprintf("%s-%02d", typ, i), Version: 1, Industry: "taxi", Categories: []string{"09002"}, Subject: "区域科目",
				Chapter: "一", Difficulty: i%5 + 1, LawRef: "某条例第一条", Type: typ, Stem: fmt.Sprintf("%s %s %d", Marker, typ, i),
				Options: options, Answer: answer,
			})
		}
	}
	four := []pexam.Option{{Key: "A", Text: "甲"}, {Key: "B", Text: "乙"}, {Key: "C", Text: "丙"}, {Key: "D", Text: "丁"}}
	add(pexam.TF, 12, []string{"T"}, nil)
	add(pexam.Single, 12, []string{"B"}, four)
	add(pexam.Multi, 8, []string{"A", "C"}, four)
	return out
}

// Order applies one order of the centre as the link does.
func (h *House) Order(kind string, body any) error {
	h.T.Helper()
	raw, err := json.Marshal(body)
	require.NoError(h.T, err)
	h.seq++
	o := wire.Order{Seq: h.seq, At: h.Time.Now(), Kind: kind, Body: raw}
	return h.Store.Update(h.T.Context(), func(tx *store.Tx) error { return h.Apply(h.T.Context(), tx, o) })
}

// Ctx is a context in which the chief acts.
func (h *House) Ctx() context.Context { return audit.As(h.T.Context(), "chief") }

// Package is the sealed package's bytes, as on a USB stick.
func (h *House) Package() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.blobs[h.Built.Digest]
}
