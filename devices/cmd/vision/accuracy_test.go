package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/protocol/fault"
)

func TestAccuracyByHand(t *testing.T) {
	t.Parallel()
	a := &accuracy{genuine: []float64{0.9, 0.4, 0.7, 0.8}, impostor: []float64{0.1, 0.5, 0.2, 0.3, 0.0}}
	a.seal()
	require.InDelta(t, 0.25, a.falseRejects(0.5), 1e-9)
	require.InDelta(t, 0.2, a.falseAccepts(0.5), 1e-9, "a score at the threshold is accepted")
	require.Zero(t, a.falseAccepts(0.51))
	at, seen := a.thresholdAt(0.2)
	require.True(t, seen)
	require.Greater(t, at, 0.3)
	require.Less(t, at, 0.3001)
	require.InDelta(t, 0.2, a.falseAccepts(at), 1e-9)
	at, seen = a.thresholdAt(0.001)
	require.False(t, seen, "five pairs cannot show one in a thousand")
	require.Zero(t, a.falseAccepts(at))
	eer, _ := a.equalError()
	require.InDelta(t, 0.225, eer, 0.03)
}

func TestAccuracyOfPerfectAndHopelessEngines(t *testing.T) {
	t.Parallel()
	perfect := &accuracy{genuine: []float64{0.8, 0.9}, impostor: []float64{0.1, 0.2}}
	perfect.seal()
	eer, _ := perfect.equalError()
	require.Zero(t, eer)
	hopeless := &accuracy{}
	for i := range 1000 {
		hopeless.genuine = append(hopeless.genuine, float64(i))
		hopeless.impostor = append(hopeless.impostor, float64(i))
	}
	hopeless.seal()
	eer, _ = hopeless.equalError()
	require.InDelta(t, 0.5, eer, 0.01)
	equal := &accuracy{genuine: []float64{1}, impostor: []float64{0.5, 0.5, 0.5, 0.5}}
	equal.seal()
	at, _ := equal.thresholdAt(0.25)
	require.Zero(t, equal.falseAccepts(at), "equal scores are accepted together or not at all")
}

func TestCalibrateOnAFolder(t *testing.T) {
	t.Parallel()
	f, dir := loadFaces(t), t.TempDir()
	put := func(person, name string, raw []byte) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, person), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, person, name), raw, 0o600))
	}
	put("甲", "1.jpg", encode(t, f.one))
	put("甲", "2.jpg", encode(t, f.oneLater))
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, bright(f.one, 70)))
	put("甲", "3.png", buf.Bytes())
	put("乙", "1.jpg", encode(t, f.other))
	put("乙", "2.jpg", encode(t, bright(f.other, 70)))
	put("乙", "broken.jpg", []byte("no"))
	put("乙", "notes.txt", []byte("no"))

	var out bytes.Buffer
	require.NoError(t, calibrate(t.Context(), []string{"--models", models(t), dir}, &out))
	require.Contains(t, out.String(), "calibrate: engine=dnn people=2 photographs=5 found=5 genuine=4 impostor=6 eer=0.0000")
	require.Contains(t, out.String(), "calibrate: engine=classic people=2 photographs=5 found=5 genuine=4 impostor=6 eer=0.0000")
	require.Contains(t, out.String(), "threshold@0.001=unknown")
	require.NotContains(t, out.String(), "threshold@0.001=-", "too few pairs must not end as a setting")
	require.Contains(t, out.String(), "broken.jpg")
	require.Error(t, calibrate(t.Context(), []string{t.TempDir()}, &out))
	p := startReal(t, vision.Options{Models: models(t), Workers: 1})
	list, err := p.Calibrate(t.Context(), dir)
	require.NoError(t, err)
	require.Len(t, list, 2)
	var same bytes.Buffer
	for _, c := range list {
		require.Len(t, c.Skipped, 1)
		require.Len(t, c.Curve, curvePoints+1)
		require.InDelta(t, 1, c.Curve[0].FAR, 1e-9)
		require.Zero(t, c.Curve[0].FRR)
		tell(&same, c)
	}
	require.Equal(t, out.String(), same.String(), "a venue's page shows the command's numbers")
	_, err = p.Calibrate(t.Context(), t.TempDir())
	require.True(t, fault.Is(err, "vision.calibrate.few"), "%v", err)
	require.Error(t, calibrate(t.Context(), nil, &out))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, check(t.Context(), []string{"--models", ""}, &out))
	require.Contains(t, out.String(), "vision check: OK engine=classic")
	require.Contains(t, out.String(), "demo=true")
	require.Error(t, check(t.Context(), []string{"--models", "", "--cascades", t.TempDir()}, &out))
	out.Reset()
	require.NoError(t, check(t.Context(), []string{"--models", models(t)}, &out))
	require.Contains(t, out.String(), "vision check: OK engine=dnn")
}

func TestSlopeAndMedian(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 2, slope([]float64{1, 2, 3}, []float64{5, 7, 9}), 1e-9)
	require.Zero(t, slope([]float64{1}, []float64{5}))
	require.InDelta(t, 2.5, median([]float64{4, 1, 3, 2}), 0)
}
