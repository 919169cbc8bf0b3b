package engine

import (
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// outputs of an empty 64×64 input: strides 8, 16, 32.
func outputs() [][]float32 {
	outs := make([][]float32, 12)
	for kind, width := range []int{1, 1, 4, 10} {
		for level, cells := range []int{64, 16, 4} {
			outs[kind*3+level] = make([]float32, cells*width)
		}
	}
	return outs
}

func TestDecodeOneCell(t *testing.T) {
	t.Parallel()
	outs := outputs()
	at := 1*4 + 2 // stride 16: second row, third column
	outs[1][at], outs[4][at] = 0.81, 1
	copy(outs[7][4*at:], []float32{0.5, 0.25, 0, float32(math.Log(2))})
	copy(outs[10][10*at:], []float32{-1, 0, 1, 0, 0, 1, -1, 2, 1, 2})
	faces, err := decode(outs, 64, 0.7)
	require.NoError(t, err)
	require.Len(t, faces, 1)
	f := faces[0]
	require.InDelta(t, 0.9, f.Score, 1e-6)
	// Centre (2.5, 1.25)·16 = (40, 20), size 16 × 32.
	require.Equal(t, image.Rect(32, 4, 48, 36), f.Box)
	require.Equal(t, Landmarks{{16, 16}, {48, 16}, {32, 32}, {16, 48}, {48, 48}}, f.Points)
}

func TestDecodeRefusesOtherShapes(t *testing.T) {
	t.Parallel()
	_, err := decode(outputs()[:11], 64, 0.7)
	require.Error(t, err)
	_, err = decode(outputs(), 96, 0.7)
	require.Error(t, err)
	short := outputs()
	short[9] = short[9][:5]
	_, err = decode(short, 64, 0.7)
	require.Error(t, err)
}

func TestDecodeSurvivesWildNumbers(t *testing.T) {
	t.Parallel()
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 3e38, -3e38} {
		outs := outputs()
		for i := range outs {
			for j := range outs[i] {
				outs[i][j] = v
			}
		}
		faces, err := decode(outs, 64, 0.7)
		require.NoError(t, err)
		for _, f := range merge(faces) {
			_, ok := fit(f.Points, template)
			require.False(t, ok, "no face comes out of %v", v)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	faces := merge([]Face{
		{Box: image.Rect(0, 0, 10, 10), Score: 0.8},
		{Box: image.Rect(1, 1, 11, 11), Score: 0.95},
		{Box: image.Rect(50, 50, 90, 90), Score: 0.75},
		{Box: image.Rect(5, 5, 5, 9), Score: 0.99},
	})
	require.Len(t, faces, 2)
	require.Equal(t, image.Rect(50, 50, 90, 90), faces[0].Box, "the largest first")
	require.InDelta(t, 0.95, faces[1].Score, 0, "the surer of two that overlap")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range known {
		require.NoError(t, c.check(), c.Embedder.Name)
	}
	good := `{"detector":{"name":"d","model":"d.onnx","size":320,"min_score":0.7},
		"embedder":{"name":"sface","model":"e.onnx","output":"fc1","width":112,"height":112,"rgb":true,"mean":0,"scale":1,
		"points":[{"X":38,"Y":51},{"X":73,"Y":51},{"X":56,"Y":71},{"X":41,"Y":92},{"X":70,"Y":92}],"threshold":0.363}}`
	c, err := ParseConfig([]byte(good))
	require.NoError(t, err)
	require.Equal(t, "sface", c.Embedder.Name)
	require.InDelta(t, 56, c.Embedder.Points[2].X, 0)
	for name, raw := range map[string]string{
		"empty":     ``,
		"unknown":   `{"detektor":{}}`,
		"two":       good + `{}`,
		"nothing":   `{}`,
		"elsewhere": `{"detector":{"name":"d","model":"../../etc/passwd","size":320,"min_score":0.7}}`,
		"absolute":  `{"detector":{"name":"d","model":"/etc/passwd","size":320,"min_score":0.7}}`,
	} {
		_, err := ParseConfig([]byte(raw))
		require.Error(t, err, name)
	}
	for name, spoil := range map[string]func(*Config){
		"size":      func(c *Config) { c.Detector.Size = 300 },
		"huge":      func(c *Config) { c.Embedder.Width = 1 << 20 },
		"score":     func(c *Config) { c.Detector.MinScore = 0 },
		"threshold": func(c *Config) { c.Embedder.Threshold = math.NaN() },
		"points":    func(c *Config) { c.Embedder.Points = Landmarks{} },
		"output":    func(c *Config) { c.Embedder.Output = "" },
	} {
		c := known[0]
		spoil(&c)
		require.Error(t, c.check(), name)
	}
}
