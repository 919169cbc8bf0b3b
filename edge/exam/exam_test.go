package exam_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

func code(t *testing.T, err error, want string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, fault.From(err).Code, err.Error())
}

func state(t *testing.T, h *apptest.House) exam.Sitting {
	t.Helper()
	st, err := h.Exam.Sitting(apptest.Sitting)
	require.NoError(t, err)
	return st
}

// TestEveryStateAndEveryVerb walks the whole table.
func TestEveryStateAndEveryVerb(t *testing.T) {
	t.Parallel()
	allowed := map[exam.State]map[exam.Verb]exam.State{
		exam.Assigned:  {exam.Request: exam.Requested, exam.Cancel: exam.Cancelled},
		exam.Requested: {exam.Approve: exam.Approved, exam.Return: exam.Returned, exam.Cancel: exam.Cancelled},
		exam.Returned:  {exam.Request: exam.Requested, exam.Cancel: exam.Cancelled},
		exam.Approved:  {exam.Withdraw: exam.Approved, exam.Approve: exam.Approved, exam.Return: exam.Returned, exam.Release: exam.Opened, exam.Cancel: exam.Cancelled},
		exam.Opened:    {exam.Withdraw: exam.Approved, exam.Release: exam.Opened, exam.Start: exam.Running, exam.Close: exam.Closed},
		exam.Running:   {exam.Release: exam.Running, exam.Close: exam.Closed},
		exam.Closed:    {},
		exam.Cancelled: {},
	}
	verbs := []exam.Verb{exam.Request, exam.Approve, exam.Return, exam.Release, exam.Start, exam.Close, exam.Cancel, exam.Withdraw}
	for from, ways := range allowed {
		for _, v := range verbs {
			s := exam.Sitting{State: from}
			err := s.Do(v)
			if to, ok := ways[v]; ok {
				require.NoError(t, err)
				require.Equal(t, to, s.State, "%s %s", from, v)
				continue
			}
			require.True(t, fault.Is(err, "exam.sitting."+string(v)+".state"), "%s %s", from, v)
			require.Equal(t, from, s.State)
		}
	}
}

func TestTheWayToOpenQuestions(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Assigned()
	_, err := h.Exam.Candidates(apptest.Sitting)
	code(t, err, "exam.roster.missing")
	require.NoError(t, h.Exam.RequestOpening(h.Ctx(), apptest.Sitting, exam.Opening{Request: "req-1", Proctors: []string{" 甲 ", ""}}))
	require.NoError(t, h.Exam.RequestOpening(h.Ctx(), apptest.Sitting, exam.Opening{Request: "req-1", Proctors: []string{"甲"}}), "a repeat")
	asked, err := h.Exam.Sitting(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, apptest.Bodies[wire.OpeningRequested](h, wire.KindOpeningRequested)[0].Checks, asked.Asked.Checks, "the venue shows what the centre sees")
	require.False(t, asked.Asked.At.IsZero())
	require.True(t, asked.Preflight.At.IsZero(), "the check proper is still to come")
	require.Len(t, h.Records(wire.KindOpeningRequested), 1)
	require.NoError(t, h.Order(wire.OrderOpeningDecided, wire.OpeningDecided{Request: "req-1", Sitting: apptest.Sitting, Reason: "缺监考员"}))
	require.Equal(t, exam.Returned, state(t, h).State)
	require.NoError(t, h.Exam.RequestOpening(h.Ctx(), apptest.Sitting, exam.Opening{Request: "req-2", Proctors: []string{"甲", "乙"}}))
	require.NoError(t, h.Order(wire.OrderOpeningDecided, wire.OpeningDecided{Request: "req-1", Sitting: apptest.Sitting, Approved: true}))
	require.Equal(t, exam.Requested, state(t, h).State, "an answer to an older request is history")
	require.NoError(t, h.Order(wire.OrderOpeningDecided, wire.OpeningDecided{Request: "req-2", Sitting: apptest.Sitting, Approved: true, By: "李审核"}))

	require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{
		Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Size: h.Built.Size, Version: 1,
	}))
	h.CutDownload(true)
	h.Exam.Look(t.Context())
	require.NotEmpty(t, state(t, h).Pack.Failure)
	h.CutDownload(false)
	h.Exam.Look(t.Context())
	require.True(t, state(t, h).Pack.Received)
	got := apptest.Bodies[wire.PackReceived](h, wire.KindPackReceived)
	require.Len(t, got, 1)
	require.True(t, got[0].OK)
	require.Equal(t, "https", got[0].Via, "as the download came")

	list, err := h.Exam.Candidates(apptest.Sitting)
	require.NoError(t, err, "the roster is readable before the release")
	require.Len(t, list, 3)
	photo, err := h.Exam.Photo(apptest.Sitting, apptest.CandidateID(1))
	require.NoError(t, err)
	require.Equal(t, apptest.Photo(1), photo)
	_, err = h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	code(t, err, "exam.book.closed")

	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release}))
	h.Exam.Look(t.Context())
	h.Exam.Look(t.Context())
	require.Equal(t, exam.Opened, state(t, h).State)
	require.Len(t, h.Records(wire.KindOpened), 1)
	_, err = h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
}

// Complaint 6 (a power cut with no network, no names and no time): the questions
// can be read again after days.
func TestAColdStartWithoutNetworkOpensAgain(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	before, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
	h.CutDownload(true)
	h.Restart(72 * time.Hour)
	after, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Len(t, h.Records(wire.KindOpened), 1)
}

// TestNoQuestionIsOnTheDisk searches every file for a word that stands in every
// question (I10), before and after the release.
func TestNoQuestionIsOnTheDisk(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	search := func() {
		t.Helper()
		files := 0
		require.NoError(t, filepath.WalkDir(h.Dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			require.False(t, bytes.Contains(raw, []byte(apptest.Marker)), "a question in %s", path)
			require.False(t, bytes.Contains(raw, []byte(apptest.IDNumber(0))), "an ID number in %s", path)
			require.False(t, bytes.Contains(raw, h.Built.Release), "the key half in %s", path)
			return nil
		}))
		require.Positive(t, files)
	}
	h.Received()
	search()
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release}))
	h.Exam.Look(t.Context())
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	_, err := p.Save("1", 1, "T")
	require.NoError(t, err)
	search()
	raw, err := h.Exam.View(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
	require.Contains(t, raw.Items[0].Stem, apptest.Marker, "the marker is there to be found")
}

// TestBadPackages covers B.6 8.
func TestBadPackages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	good := func() []byte {
		var b bytes.Buffer
		dst := filepath.Join(t.TempDir(), "p")
		_, err := h.FetchBlob(t.Context(), h.Built.Digest, dst)
		require.NoError(t, err)
		raw, err := os.ReadFile(dst)
		require.NoError(t, err)
		b.Write(raw)
		return b.Bytes()
	}()
	other := apptest.New(t, 1) // another centre, another device
	dst := filepath.Join(t.TempDir(), "foreign")
	_, err := other.FetchBlob(t.Context(), other.Built.Digest, dst)
	require.NoError(t, err)
	foreign, err := os.ReadFile(dst)
	require.NoError(t, err)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/3] ^= 1

	h.Assigned()
	version := 0
	announce := func(raw []byte) {
		version++
		d := h.Publish(raw)
		require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{
			Sitting: apptest.Sitting, Pack: d.String(), Size: int64(len(raw)), Version: version,
		}))
		h.Exam.Look(t.Context())
	}
	for name, raw := range map[string][]byte{
		"signed by another centre": foreign, "a bit flipped": flipped, "half": good[:len(good)/2], "no package": []byte("x"),
	} {
		announce(raw)
		require.False(t, state(t, h).Pack.Received, name)
		require.NotEmpty(t, state(t, h).Pack.Failure, name)
	}
	for _, r := range apptest.Bodies[wire.PackReceived](h, wire.KindPackReceived) {
		require.False(t, r.OK)
		require.NotEmpty(t, r.Reason)
	}
	// The manifest says version 5 now, the good package is version 1.
	announce(good)
	require.False(t, state(t, h).Pack.Received, "an older version")
	require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{
		Sitting: apptest.Sitting, Pack: sm.Sum([]byte("x")).String(), Size: 1, Version: 2,
	}))
	require.Equal(t, 5, state(t, h).Pack.Version, "a lower version changes nothing")
	for _, m := range []wire.PackManifest{
		{Sitting: apptest.Sitting, Pack: "../../etc/passwd", Size: 1, Version: 9}, {Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Version: 9},
	} {
		code(t, h.Order(wire.OrderPackManifest, m), "exam.pack.manifest")
	}
}

func TestAPackageByUSBMustBeTheAnnouncedOne(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Assigned()
	dst := filepath.Join(t.TempDir(), "usb")
	_, err := h.FetchBlob(t.Context(), h.Built.Digest, dst)
	require.NoError(t, err)
	raw, err := os.ReadFile(dst)
	require.NoError(t, err)
	code(t, h.Exam.ImportPack(h.Ctx(), apptest.Sitting, bytes.NewReader(raw)), "exam.pack.unknown")
	require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{
		Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Size: h.Built.Size, Version: 1,
	}))
	edited := bytes.Clone(raw)
	edited[9] ^= 1
	code(t, h.Exam.ImportPack(h.Ctx(), apptest.Sitting, bytes.NewReader(edited)), "exam.pack.digest")
	code(t, h.Exam.ImportPack(h.Ctx(), apptest.Sitting, bytes.NewReader(raw[:100])), "exam.pack.digest")
	for range 2 {
		require.NoError(t, h.Exam.ImportPack(h.Ctx(), apptest.Sitting, bytes.NewReader(raw)), "the same twice is once")
	}
	got := apptest.Bodies[wire.PackReceived](h, wire.KindPackReceived)
	require.Len(t, got, 1)
	require.Equal(t, "usb", got[0].Via)
}

func TestBadKeys(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Received()
	digest := h.Built.Digest.String()
	code(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: digest, Half: []byte("short")}), "exam.key.size")
	code(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: sm.Sum().String(), Half: h.Built.Release}), "exam.key.pack")
	code(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: "none", Pack: digest, Half: h.Built.Release}), "exam.sitting.missing")

	wrong := make([]byte, pack.ReleaseSize)
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: digest, Half: wrong}))
	h.Exam.Look(t.Context())
	require.Equal(t, exam.Approved, state(t, h).State)
	h.View(func(r store.Reader) error {
		red, err := alarm.Red(r, apptest.Sitting)
		require.True(t, red, "candidates wait: this is red")
		return err
	})
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: digest, Half: h.Built.Release}))
	h.Exam.Look(t.Context())
	require.Equal(t, exam.Opened, state(t, h).State, "the right half mends it")
}

func TestOrdersThatComeAgainOrLateChangeNothing(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	before := state(t, h)
	same := before.SittingAssigned
	require.NoError(t, h.Order(wire.OrderSittingAssigned, same))
	require.Equal(t, before, state(t, h))
	later := same
	later.Version, later.Title = 2, "改名"
	code(t, h.Order(wire.OrderSittingAssigned, later), "exam.sitting.assign.state")
	later.Cancelled = true
	code(t, h.Order(wire.OrderSittingAssigned, later), "exam.sitting.assign.state")
	code(t, h.Order("exam.unknown", struct{}{}), "exam.order.kind")
	code(t, h.Order(wire.OrderSittingAssigned, []int{1}), "wire.body.format")
	code(t, h.Order(wire.OrderSittingAssigned, wire.SittingAssigned{Version: 1}), "exam.sitting.assign.body")
	require.Equal(t, before, state(t, h))
}
