package exam_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/devices/vision/fake"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/wire"
)

// engine finds no face in candidate 1's picture, two in 2's, cannot read 3's.
func engine(reference, _ []byte) (vision.Result, error) {
	r := vision.Result{RefFaces: 1, ProbeFaces: 1, Compared: true, Score: 1, Engine: fake.Engine, Model: "x", Demo: true}
	switch {
	case bytes.Equal(reference, apptest.Photo(1)):
		r.RefFaces, r.Compared, r.Score = 0, false, 0
	case bytes.Equal(reference, apptest.Photo(2)):
		r.RefFaces = 2
	case bytes.Equal(reference, apptest.Photo(3)):
		return vision.Result{}, vision.PictureFault("reference", "damaged")
	}
	return r, nil
}

func portraits(t *testing.T, h *apptest.House) exam.Portraits {
	t.Helper()
	var p exam.Portraits
	require.NoError(t, h.Store.View(func(r store.Reader) error {
		st, err := exam.Get(r, apptest.Sitting)
		require.NoError(t, err)
		p, err = exam.PortraitsIn(r, st)
		return err
	}))
	return p
}

func portraitLine(t *testing.T, h *apptest.House) wire.Check {
	t.Helper()
	_, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera", "terminal"}, Reason: "测试"})
	require.NoError(t, err)
	sent := apptest.Bodies[wire.Preflight](h, wire.KindPreflight)
	for _, c := range sent[len(sent)-1].Checks {
		if c.Code == "portrait" {
			return c
		}
	}
	t.Fatal("the preflight says nothing of reference pictures")
	return wire.Check{}
}

func TestBadReferencePicturesAreKnownBeforeTheDoor(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 6, apptest.Declines(5))
	h.Faces.Script = engine
	h.Staff()
	h.Received()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Exam.RunPortraits(ctx) }()
	require.Eventually(t, func() bool { return len(portraits(t, h).Good) == 2 }, 10*time.Second, 10*time.Millisecond, "by itself, as soon as the package is here")
	stop()
	require.NoError(t, <-done)
	bad := portraits(t, h).Bad
	require.Equal(t, map[string]string{
		apptest.CandidateID(1): "照片中没有检测到人脸", apptest.CandidateID(2): "照片中有多张人脸", apptest.CandidateID(3): "照片无法识别",
	}, bad)
	require.Equal(t, 5, h.Faces.Calls(), "who declined is not looked at")

	c := portraitLine(t, h)
	require.True(t, c.OK, "a warning holds nothing up")
	require.True(t, c.Warn)
	require.Contains(t, c.Detail, "2 张预留照片可用；3 人的预留照片无法使用，入场时请人工核对：")
	require.Contains(t, c.Detail, "（照片中有多张人脸）")
	require.Equal(t, 5, h.Faces.Calls(), "nobody is looked at twice")

	var people struct {
		Items []struct {
			ID           string `json:"id"`
			PhotoProblem string `json:"photo_problem"`
		}
	}
	h.SignIn("proctor").Do(http.MethodGet, "/proctor/v1/sittings/"+apptest.Sitting+"/candidates", nil).Into(h, &people)
	require.Len(t, people.Items, 6)
	for _, p := range people.Items {
		require.Equal(t, bad[p.ID], p.PhotoProblem, p.ID)
	}
	h.Restart(0)
	require.Equal(t, bad, portraits(t, h).Bad, "kept")
}

func TestADeadEngineLeavesPicturesForLater(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Faces.SetDown(true)
	h.Received()
	c := portraitLine(t, h)
	require.True(t, c.OK)
	require.True(t, c.Warn)
	require.Contains(t, c.Detail, "2 张未能检查")
	require.Empty(t, portraits(t, h).Bad, "a dead engine says nothing about a picture")
	h.Faces.SetDown(false)
	c = portraitLine(t, h)
	require.False(t, c.Warn)
	require.Equal(t, "2 张预留照片可用", c.Detail)
}
