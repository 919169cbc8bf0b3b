package main

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/cmd/vision/engine"
	"huyun.internal/devices/vision"
)

func open(t *testing.T, name string) engine.Engine {
	t.Helper()
	f := files{classic: name == "classic"}
	if !f.classic {
		f.models = models(t)
	}
	engine.SetThreads(1)
	e, err := f.open()
	require.NoError(t, err)
	t.Cleanup(e.Close)
	require.Equal(t, name, e.Info().Engine)
	require.Equal(t, f.classic, e.Info().Demo)
	return e
}

func each(t *testing.T, f func(t *testing.T, e engine.Engine)) {
	for _, name := range []string{"dnn", "classic"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t, name))
		})
	}
}

func compared(t *testing.T, e engine.Engine, ref, probe image.Image) vision.Result {
	t.Helper()
	r, err := compare(e, encode(t, ref), encode(t, probe))
	require.NoError(t, err)
	require.Equal(t, e.Info().Demo, r.Demo)
	require.Equal(t, e.Info().Model, r.Model)
	return r
}

func TestSamePersonPassesOthersDoNot(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	each(t, func(t *testing.T, e engine.Engine) {
		threshold := e.Info().Threshold
		same := map[string]image.Image{
			"same":     f.one,
			"darker":   bright(f.one, 60),
			"brighter": bright(f.one, 125),
			"blurred":  blurred(f.one, 1),
			"cropped":  crop(f.one, image.Rect(160, 40, 560, 470)),
			"later":    f.oneLater,
		}
		if !e.Info().Demo { // more than a demonstration engine can do
			same["blurred more"] = blurred(f.one, 3)
			same["mirrored"] = flipped(f.one)
			same["later, dark"] = bright(f.oneLater, 40)
		}
		for name, probe := range same {
			r := compared(t, e, f.one, probe)
			require.Equal(t, [2]int{1, 1}, [2]int{r.RefFaces, r.ProbeFaces}, name)
			require.True(t, r.Compared, name)
			require.GreaterOrEqual(t, r.Score, threshold, name)
		}
		for name, probe := range map[string]image.Image{
			"other": f.other, "other, dark": bright(f.other, 60), "other, blurred": blurred(f.other, 1), "other, cropped": crop(f.other, image.Rect(60, 60, 340, 330)),
		} {
			for _, ref := range []image.Image{f.one, f.oneLater} {
				r := compared(t, e, ref, probe)
				require.True(t, r.Compared, name)
				require.Less(t, r.Score, threshold-0.1, name)
			}
		}
	})
}

func TestSmallStrangers(t *testing.T) {
	t.Parallel()
	f, e := loadFaces(t), open(t, "dnn")
	r := compared(t, e, f.one, f.pair)
	require.Equal(t, 2, r.ProbeFaces)
	require.Less(t, r.Score, e.Info().Threshold-0.1)
}

func TestHowManyFaces(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	head := crop(f.one, image.Rect(200, 50, 520, 450))
	other := crop(f.other, image.Rect(20, 0, 340, 400))
	each(t, func(t *testing.T, e engine.Engine) {
		r := compared(t, e, head, beside(2, head, other))
		require.Equal(t, 2, r.ProbeFaces)
		var crowd []image.Image
		for range 12 {
			crowd = append(crowd, head)
		}
		r = compared(t, e, head, beside(4, crowd...))
		require.Equal(t, 12, r.ProbeFaces)
	})
}

// The largest face counts, whoever stands behind.
func TestLargestFaceIsCompared(t *testing.T) {
	t.Parallel()
	f, e := loadFaces(t), open(t, "dnn")
	near := crop(f.one, image.Rect(200, 50, 520, 450))
	far := crop(f.other, image.Rect(20, 0, 340, 400))
	small := mapped(320, 400, func(x, y int) color.Color {
		if x < 160 && y < 200 {
			return far.At(2*x, 2*y)
		}
		return color.Black
	})
	both := beside(2, small, near)
	r := compared(t, e, f.oneLater, both)
	require.Equal(t, 2, r.ProbeFaces)
	require.GreaterOrEqual(t, r.Score, r.Threshold)
	require.Greater(t, r.ProbeBox.X, 300)
	r = compared(t, e, far, both)
	require.Less(t, r.Score, r.Threshold)
}

func TestNoFaceIsNoMatch(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	zero := image.NewRGBA(image.Rect(0, 0, 640, 480))
	white := mapped(320, 320, func(int, int) color.Color { return color.White })
	noise := mapped(320, 240, func(x, y int) color.Color { return color.Gray{Y: uint8(x*7919 ^ y*104729 ^ x*y)} })
	each(t, func(t *testing.T, e engine.Engine) {
		for name, nobody := range map[string]image.Image{
			"zero": zero, "white": white, "noise": noise, "wall": crop(f.one, image.Rect(0, 0, 230, 180)),
		} {
			r := compared(t, e, f.one, nobody)
			require.Equal(t, 1, r.RefFaces, name)
			require.Zero(t, r.ProbeFaces, name)
			require.False(t, r.Compared, name)
			require.Zero(t, r.Score, name)
			require.False(t, compared(t, e, nobody, nobody).Compared, "nothing is not like nothing: %s", name)
		}
	})
}

// A turned picture may be found or not; it never makes another person pass.
func TestTurnedPictures(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	each(t, func(t *testing.T, e engine.Engine) {
		for n := 1; n <= 3; n++ {
			r := compared(t, e, f.one, turned(f.other, n))
			require.Less(t, r.Score, r.Threshold)
			if same := compared(t, e, f.one, turned(f.one, n)); !same.Compared {
				require.Zero(t, same.Score)
			}
		}
	})
}

func TestTemplatesOfAnotherEngine(t *testing.T) {
	t.Parallel()
	f, dnn, classic := loadFaces(t), open(t, "dnn"), open(t, "classic")
	var got [2]engine.Template
	for i, e := range []engine.Engine{dnn, classic} {
		var err error
		got[i], _, err = look(e, "picture", encode(t, f.one))
		require.NoError(t, err)
		require.NotEmpty(t, got[i])
	}
	for _, e := range []engine.Engine{dnn, classic} {
		_, ok := e.Similarity(got[0], got[1])
		require.False(t, ok)
		_, ok = e.Similarity(got[0], make(engine.Template, len(got[0])))
		require.False(t, ok)
	}
}
