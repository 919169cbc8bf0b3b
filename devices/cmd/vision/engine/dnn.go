package engine

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"

	"gocv.io/x/gocv"
)

// dnn finds with YuNet, straightens on five points and embeds with the
// configured network.
type dnn struct {
	info     Info
	conf     EmbedderConfig
	detector *detector
	embedder *network
	warp     gocv.Mat // 2×3 matrix, kept between calls
	crop     gocv.Mat
}

// maxEmbedding is the longest template a network may produce, in floats.
const maxEmbedding = 2048

func openDNN(dir string, conf Config) (Engine, error) {
	model, err := conf.identity(dir)
	if err != nil {
		return nil, err
	}
	det, err := openDetector(filepath.Join(dir, conf.Detector.Model), conf.Detector)
	if err != nil {
		return nil, err
	}
	graph := ""
	if conf.Embedder.Graph != "" {
		graph = filepath.Join(dir, conf.Embedder.Graph)
	}
	emb, err := openNetwork(filepath.Join(dir, conf.Embedder.Model), graph, []string{conf.Embedder.Output}, maxEmbedding)
	if err != nil {
		det.close()
		return nil, err
	}
	e := &dnn{
		info:     Info{Engine: "dnn", Model: model, Threshold: conf.Embedder.Threshold},
		conf:     conf.Embedder,
		detector: det, embedder: emb,
		warp: gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F),
		crop: gocv.NewMat(),
	}
	if err := e.warmUp(); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// warmUp runs both networks once on an empty picture: a model that does not
// fit its description is found at start and not at the first candidate.
func (e *dnn) warmUp() error {
	blank := gocv.Zeros(e.conf.Height, e.conf.Width, gocv.MatTypeCV8UC3)
	defer func() { _ = blank.Close() }()
	if _, err := e.detector.find(blank); err != nil {
		return fmt.Errorf("try the detector: %w", err)
	}
	t, err := e.Describe(blank, Face{Points: e.conf.Points, marked: true})
	if err != nil {
		return fmt.Errorf("try the embedder: %w", err)
	}
	if len(t) < 16 {
		return fmt.Errorf("the embedder's output %q has %d numbers only", e.conf.Output, len(t))
	}
	return nil
}

func (e *dnn) Info() Info { return e.info }

func (e *dnn) Find(img gocv.Mat) ([]Face, error) { return e.detector.find(img) }

func (e *dnn) Describe(img gocv.Mat, face Face) (Template, error) {
	s, ok := fit(face.Points, e.conf.Points)
	if !face.marked || !ok {
		return nil, nil
	}
	for i, v := range []float64{s.a, -s.b, s.tx, s.b, s.a, s.ty} {
		e.warp.SetDoubleAt(i/3, i%3, v)
	}
	size := image.Pt(e.conf.Width, e.conf.Height)
	gocv.WarpAffine(img, &e.crop, e.warp, size)
	mean := gocv.NewScalar(e.conf.Mean, e.conf.Mean, e.conf.Mean, 0)
	blob := gocv.BlobFromImage(e.crop, e.conf.Scale, size, mean, e.conf.RGB, false)
	defer func() { _ = blob.Close() }()
	outs, err := e.embedder.run(blob)
	if err != nil {
		return nil, err
	}
	return slices.Clone(outs[0]), nil
}

func (e *dnn) Similarity(a, b Template) (float64, bool) { return Cosine(a, b) }

func (e *dnn) Close() {
	e.detector.close()
	e.embedder.close()
	_ = e.warp.Close()
	_ = e.crop.Close()
}
