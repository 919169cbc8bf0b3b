package dossier_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

func (w *world) faces(t *testing.T) dossier.Faces {
	t.Helper()
	status, body := w.Do("reviewer", http.MethodGet, "/api/v1/exam/faces", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[dossier.Faces](t, body)
}

// stays runs the deletion and requires that nothing was deleted.
func (w *world) stays(t *testing.T, why string) {
	t.Helper()
	require.NoError(t, w.records.ExpireDue(context.Background()))
	f := w.faces(t)
	require.Equal(t, []int{2, 1}, []int{f.Portraits, f.Evidence}, why)
	require.Zero(t, w.Audited("exam.dossier.expire"), why)
}

// TestPicturesGoWhenNothingIsOpen: not before their time, not while a matter is
// open, and then here and at the venue, with counts on record.
func TestPicturesGoWhenNothingIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "申诉"}, 200, "")
	require.NoError(t, w.bring(wire.Picture{Digest: sm.Sum(w.snapshot).String(), Data: w.snapshot}))
	w.Close(t, w.hall)
	w.Clock.Advance(dossier.DefaultKeep + time.Hour)
	w.stays(t, "results are not out")
	require.Equal(t, 1, w.faces(t).Held)

	ruling := "/api/v1/exam/sittings/" + w.in.ID + "/irregularities/ir/ruling"
	w.post(t, "reviewer", ruling, map[string]any{"consequence": "WARN", "reason": "当场制止"}, 204, "")
	_, err := w.scores.Run(w.As("scorer"), w.in.ID)
	require.NoError(t, err)
	_, err = w.scores.Confirm(w.As("scorer"), w.in.ID, "")
	require.NoError(t, err)
	_, err = w.scores.Publish(w.As("reviewer"), w.in.ID)
	require.NoError(t, err)
	w.Clock.Advance(dossier.DefaultKeep - time.Minute)
	w.stays(t, "results came late: they can be appealed against as long as others")
	require.NoError(t, w.scores.Ask(w.As("scorer"), w.in.ID, "attempt-00", "分数不对"))
	w.Clock.Advance(2 * time.Minute)
	w.stays(t, "a review is open")
	require.Equal(t, 1, w.faces(t).Held)
	reviews, err := w.scores.Reviews(w.As("lister"), w.in.ID)
	require.NoError(t, err)
	require.NoError(t, w.scores.Answer(w.As("reviewer"), w.in.ID, reviews[0].ID, score.Maintained, "无误"))

	packs, blobs := w.named(t)
	require.NoError(t, w.records.ExpireDue(context.Background()))
	f := w.faces(t)
	require.Equal(t, []int{0, 0, 0}, []int{f.Portraits, f.Evidence, f.Held})
	for _, digest := range append(packs, blobs...) {
		has, err := w.Blobs.Has(t.Context(), digest)
		require.NoError(t, err)
		require.False(t, has, "a file with photographs in it")
	}
	d := w.open(t)
	require.NotNil(t, d.Deleted)
	require.False(t, d.Candidate.HasPhoto)
	require.Equal(t, dossier.Gone, d.Pictures[0].State)
	require.Len(t, d.Checks, 3, "the words stay")
	w.post(t, "reviewer", w.path+"/pictures", map[string]any{"reason": "x"}, 412, "exam.dossier.fetch.deleted")
	require.Equal(t, []wire.PicturesExpired{{Sitting: w.in.ID}}, examtest.Orders[wire.PicturesExpired](t, w.Device, wire.OrderPicturesExpired))
	var detail string
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT detail::text FROM audit_entry WHERE action = 'exam.dossier.expire'`).Scan(&detail))
	require.Contains(t, detail, `"portraits":2`)
	require.Contains(t, detail, `"evidence":1`)

	require.NoError(t, w.records.ExpireDue(context.Background()), "again")
	require.Equal(t, 1, w.Audited("exam.dossier.expire"))
}

// TestNoVenueIsToldOfAnInventedSitting: the demonstration's past was held on no
// device; a real one would put such an order aside as an error.
func TestNoVenueIsToldOfAnInventedSitting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Close(t, w.hall)
	_, err := w.DB.Exec(t.Context(), `UPDATE exam_sitting SET demo = true WHERE id = $1`, w.in.ID)
	require.NoError(t, err)
	w.post(t, "reviewer", "/api/v1/exam/sittings/"+w.in.ID+"/irregularities/ir/ruling", map[string]any{"consequence": "WARN", "reason": "当场制止"}, 204, "")
	_, err = w.scores.Run(w.As("scorer"), w.in.ID)
	require.NoError(t, err)
	_, err = w.scores.Confirm(w.As("scorer"), w.in.ID, "")
	require.NoError(t, err)
	_, err = w.scores.Publish(w.As("reviewer"), w.in.ID)
	require.NoError(t, err)
	w.Clock.Advance(dossier.DefaultKeep + time.Hour)
	require.NoError(t, w.records.ExpireDue(context.Background()))
	require.Equal(t, 1, w.Audited("exam.dossier.expire"), "the pictures go here")
	require.Empty(t, examtest.Orders[wire.PicturesExpired](t, w.Device, wire.OrderPicturesExpired))
	require.Empty(t, examtest.Orders[wire.ResultPublished](t, w.Device, wire.OrderResult))
}

// named are the files of a sitting in which photographs lie.
func (w *world) named(t *testing.T) (packs, blobs []sm.Digest) {
	t.Helper()
	rows, err := w.DB.Query(t.Context(), `SELECT photo_blob FROM exam_candidate WHERE sitting = $1`, w.in.ID)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var b []byte
		require.NoError(t, rows.Scan(&b))
		blobs = append(blobs, sm.Digest(b))
	}
	var pack string
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT pack FROM exam_package WHERE sitting = $1`, w.in.ID).Scan(&pack))
	digest, err := sm.ParseDigest(pack)
	require.NoError(t, err)
	return []sm.Digest{digest}, blobs
}
