package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/devices/vision"
	"huyun.internal/protocol/sm"
)

// calibration is what the technician's page got before the sitting opened.
type calibration struct {
	consentless error
	report      struct {
		By      string
		Engines []vision.Calibration
	}
}

// photographs is a zip with a folder for each person, as a technician packs it.
func photographs(ctx context.Context) ([]byte, error) {
	faces, err := seed.Faces(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, face := range faces {
		for i := range 3 {
			picture, err := seed.Vary(face.JPEG, uint64(i+1)) //nolint:gosec // small
			if err != nil {
				return nil, err
			}
			f, err := z.Create(fmt.Sprintf("%s/%s-%d.jpg", face.Person, filepath.Base(face.Name), i))
			if err != nil {
				return nil, err
			}
			if _, err := f.Write(picture); err != nil {
				return nil, err
			}
		}
	}
	err = z.Close()
	return b.Bytes(), err
}

// calibrate measures the engine at the venue while nobody sits there.
func (w *world) calibrate(ctx context.Context) error {
	data, err := photographs(ctx)
	if err != nil {
		return err
	}
	technician, err := w.SignInVenue(ctx, w.logins["sun.jishu"])
	if err != nil {
		return err
	}
	const path = "/proctor/v1/calibration"
	w.cal.consentless = technician.Send(ctx, http.MethodPost, path, "application/zip", data, nil)
	query := url.Values{"consent": {"true"}, "where": {"技术室 3 号柜"}}
	return technician.Send(ctx, http.MethodPost, path+"?"+query.Encode(), "application/zip", data, &w.cal.report)
}

// TestM54Calibration: the venue's page gives the numbers of the command, with
// consent alone and while nobody sits, and leaves no photograph.
func TestM54Calibration(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	refused(t, w.cal.consentless, http.StatusBadRequest, "face.calibrate.consent")
	require.Equal(t, "sun.jishu", w.cal.report.By)
	require.NotEmpty(t, w.cal.report.Engines)
	require.NoDirExists(t, filepath.Join(w.EdgeData(), "calibration"), "photographs are gone")

	dir := t.TempDir()
	data, err := photographs(t.Context())
	require.NoError(t, err)
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	unzip(t, r, dir)
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries(), "vision"), "calibrate", "--models", models(), dir)
	out, err := cmd.Output()
	require.NoError(t, err)
	for _, c := range w.cal.report.Engines {
		require.Contains(t, string(out), fmt.Sprintf("calibrate: engine=%s people=%d photographs=%d found=%d genuine=%d impostor=%d eer=%.4f",
			c.Engine, c.People, c.Photographs, c.Found, c.Genuine, c.Impostor, c.EER))
		require.NotEmpty(t, c.Curve)
	}

	technician, err := w.SignInVenue(t.Context(), w.logins["sun.jishu"])
	require.NoError(t, err)
	query := url.Values{"consent": {"true"}, "where": {"x"}}
	err = technician.Send(t.Context(), http.MethodPost, "/proctor/v1/calibration?"+query.Encode(), "application/zip", data, nil)
	refused(t, err, http.StatusPreconditionFailed, "face.calibrate.exam")
	err = w.hall.Chief.Send(t.Context(), http.MethodPost, "/proctor/v1/calibration?"+query.Encode(), "application/zip", data, nil)
	refused(t, err, http.StatusForbidden, "auth.forbidden")
}

func unzip(t *testing.T, r *zip.Reader, dir string) {
	t.Helper()
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(in)
		require.NoError(t, err)
		place := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(place), 0o700))
		require.NoError(t, os.WriteFile(place, b.Bytes(), 0o600))
	}
}

// onRecord is a candidate's whole record at the centre, as far as it is looked at.
type onRecord struct {
	Candidate struct {
		IDNo    string `json:"id_no"`
		Consent bool
	}
	Checks []struct {
		Stage, Decision, Who, Reason, Engine, Snapshot string
		Score, Threshold                               float64
	}
	Door     []struct{ Admitted bool }
	Events   []struct{ Kind string }
	Pictures []struct{ Digest, State string }
}

// TestM54Record: the centre has everything about a candidate on one page and on
// paper; pictures come from the venue when somebody asks with a reason; who looked
// is on record.
func TestM54Record(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, w.hall.Drain(ctx))
	reviewer, c := w.as(t, "li.shenhe"), w.door.stranger
	base := w.hall.CentrePath("/candidates/" + c.ID)
	look := func() (d onRecord) {
		t.Helper()
		require.NoError(t, reviewer.Do(ctx, http.MethodPost, base+"/record", nil, &d))
		return d
	}
	d := look()
	require.Contains(t, d.Candidate.IDNo, "***")
	require.Len(t, d.Checks, 5)
	require.Len(t, d.Door, 1)
	require.NotEmpty(t, d.Events)
	require.Empty(t, d.Pictures, "pictures are at the venue")
	digest := sm.Sum(w.door.cameras[c.Admission]).String()
	picture := base + "/pictures/" + digest
	var data []byte
	refused(t, reviewer.Do(ctx, http.MethodGet, picture, nil, &data), http.StatusNotFound, "record.missing")
	require.NoError(t, reviewer.Do(ctx, http.MethodPost, base+"/pictures", map[string]any{"reason": "考生申诉"}, nil))
	require.NoError(t, stack.Until(ctx, 500*time.Millisecond, func() (bool, error) {
		return reviewer.Do(ctx, http.MethodGet, picture, nil, &data) == nil, nil
	}))
	require.Equal(t, w.door.cameras[c.Admission], data, "what the door's camera saw, byte for byte")
	require.NoError(t, reviewer.Do(ctx, http.MethodGet, base+"/record/sheet", nil, &data))
	require.True(t, bytes.HasPrefix(data, []byte("%PDF-")))
	refused(t, w.as(t, "wang.tiku").Do(ctx, http.MethodPost, base+"/record", nil, nil), http.StatusForbidden, "auth.forbidden")
	acts := get[list[struct{ Action string }]](t, w.as(t, "auditor"), "/api/v1/audit/entries?page_size=200&action=exam.dossier")
	seen := map[string]int{}
	for _, a := range acts.Items {
		seen[a.Action]++
	}
	require.GreaterOrEqual(t, seen["exam.dossier.read"], 2, "the page and the paper")
	require.Equal(t, 1, seen["exam.dossier.fetch"])
	told := get[struct{ Items []struct{ Action string } }](t, w.hall.Chief.Client, "/proctor/v1/audit")
	require.Contains(t, fmt.Sprint(told.Items), "supervise.picture.wanted", "the venue sees that the centre asked")

	faces := get[struct {
		Portraits, Evidence, Limit int
		Level                      string
	}](t, reviewer, "/api/v1/exam/faces")
	require.Positive(t, faces.Portraits)
	require.Positive(t, faces.Evidence)
	require.Equal(t, 80_000, faces.Limit)
	require.Equal(t, "green", faces.Level)
}
