package supervise_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// snapshot keeps a picture and a check that names it.
func snapshot(t *testing.T, h *apptest.House, sitting, text string) string {
	t.Helper()
	digest, err := h.Evidence.Put([]byte("\xff\xd8\xff\xe0 " + text))
	require.NoError(t, err)
	v := seating.Verification{Verification: wire.Verification{ID: text, Sitting: sitting, Candidate: apptest.CandidateID(0), Snapshot: digest}}
	require.NoError(t, h.Store.Update(t.Context(), func(tx *store.Tx) error {
		return store.Save(tx, seating.VerificationBucket, sitting+"/"+v.Candidate+"/"+v.ID, v)
	}))
	return digest
}

func acts(t *testing.T, h *apptest.House, action string) (found []audit.Entry) {
	t.Helper()
	h.View(func(r store.Reader) error {
		all, err := store.All[audit.Entry](r, "audit", "")
		for _, e := range all {
			if e.Action == action {
				found = append(found, e)
			}
		}
		return err
	})
	return found
}

// TestTheCentreGetsWhatItAskedFor: each picture once, nothing that the sitting
// does not name, and again after a line that was down.
func TestTheCentreGetsWhatItAskedFor(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	mine, other := snapshot(t, h, apptest.Sitting, "mine"), snapshot(t, h, "another", "other")
	gone := sm.Sum([]byte("gone")).String()
	sent, down := map[string]string{}, true
	h.Supervise.Bring = func(_ context.Context, p wire.Picture) error {
		if down {
			return fault.Unavailablef("uplink.picture.later", "x")
		}
		_, twice := sent[p.Digest]
		require.False(t, twice)
		sent[p.Digest] = string(p.Data)
		return nil
	}
	require.NoError(t, h.Order(wire.OrderPicturesWanted, wire.PicturesWanted{Sitting: apptest.Sitting, Digests: []string{mine, other, gone}, Reason: "申诉", By: "王审核"}))
	require.Error(t, h.Supervise.LookAfterPictures(t.Context()))
	down = false
	for range 2 {
		require.NoError(t, h.Supervise.LookAfterPictures(t.Context()))
	}
	require.Len(t, sent, 3)
	require.Contains(t, sent[mine], "mine")
	require.Empty(t, sent[other], "another sitting's")
	require.Empty(t, sent[gone])
	told := acts(t, h, "supervise.picture.wanted")
	require.Len(t, told, 1)
	require.Contains(t, told[0].Detail, "王审核 调取 3 张照片：申诉")
}

// TestASittingsPicturesGoOnTheCentresWord: not by age, not while the sitting runs,
// and with the package, whose photographs count too.
func TestASittingsPicturesGoOnTheCentresWord(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	mine, other := snapshot(t, h, apptest.Sitting, "mine"), snapshot(t, h, "another", "other")
	require.Contains(t, facesLine(t, h), "已存 4 张", "two taken, two photographs in the package")
	over := wire.PicturesExpired{Sitting: apptest.Sitting}
	require.True(t, fault.Is(h.Order(wire.OrderPicturesExpired, over), "supervise.picture.state"))
	require.Error(t, h.Order(wire.OrderPicturesExpired, wire.PicturesExpired{Sitting: "nobody"}))

	n, err := app.ExpirePictures(t.Context(), h.Venue, time.Now().Add(1000*time.Hour), time.Hour)
	require.NoError(t, err)
	require.Equal(t, 1, n, "the one that no sitting of ours names")
	_, err = h.Evidence.Get(mine)
	require.NoError(t, err, "a matter may be open: only the centre knows")

	st, err := h.Exam.Sitting(apptest.Sitting)
	require.NoError(t, err)
	st.State = exam.Closed
	require.NoError(t, h.Store.Update(t.Context(), func(tx *store.Tx) error { return exam.Put(tx, st) }))
	require.NoError(t, h.Order(wire.OrderPicturesExpired, over))
	require.NoError(t, h.Supervise.LookAfterPictures(t.Context()))
	for _, digest := range []string{mine, other} {
		_, err = h.Evidence.Get(digest)
		require.True(t, fault.Is(err, "supervise.evidence.missing"), "%v", err)
	}
	_, err = h.Exam.Candidates(apptest.Sitting)
	require.True(t, fault.Is(err, "exam.roster.expired"), "%v", err)
	require.Contains(t, facesLine(t, h), "已存 0 张")
	told := acts(t, h, "supervise.evidence.expire")
	require.Equal(t, "现场照片 1 张，考题包中的预留照片 2 张", told[len(told)-1].Detail)
	require.NoError(t, h.Order(wire.OrderPicturesExpired, over), "again")
	require.NoError(t, h.Supervise.LookAfterPictures(t.Context()))
}

func facesLine(t *testing.T, h *apptest.House) string {
	t.Helper()
	for _, i := range h.Supervise.Strip().Items {
		if strings.HasPrefix(i.Code, "faces") {
			return i.Text
		}
	}
	return ""
}
