package engine

import (
	"fmt"
	"image"
	"math"
	"sort"

	"gocv.io/x/gocv"
)

var strides = [3]int{8, 16, 32}

// overlap above which two boxes are the same face, and how many candidates are
// looked at: a picture of noise must not cost quadratic time.
const (
	sameFace      = 0.3
	maxCandidates = 750
)

// detector is YuNet with its outputs decoded here, because gocv v0.31.0 does
// not wrap OpenCV's FaceDetectorYN.
type detector struct {
	conf   DetectorConfig
	net    *network
	square gocv.Mat // the letterboxed input, kept between calls
}

func openDetector(path string, conf DetectorConfig) (*detector, error) {
	var outputs []string
	for _, kind := range []string{"cls", "obj", "bbox", "kps"} {
		for _, stride := range strides {
			outputs = append(outputs, fmt.Sprintf("%s_%d", kind, stride))
		}
	}
	cells := 0
	for _, stride := range strides {
		cells += (conf.Size / stride) * (conf.Size / stride)
	}
	net, err := openNetwork(path, "", outputs, cells*(1+1+4+10))
	if err != nil {
		return nil, err
	}
	return &detector{conf: conf, net: net, square: gocv.Zeros(conf.Size, conf.Size, gocv.MatTypeCV8UC3)}, nil
}

func (d *detector) close() {
	d.net.close()
	_ = d.square.Close()
}

// find scales the picture into the upper left of the square input, runs the
// network and returns faces in the picture's own pixels, largest first.
func (d *detector) find(img gocv.Mat) ([]Face, error) {
	scale := float64(d.conf.Size) / float64(max(img.Cols(), img.Rows()))
	inner := image.Rect(0, 0,
		max(1, int(math.Round(float64(img.Cols())*scale))), max(1, int(math.Round(float64(img.Rows())*scale))))
	d.square.SetTo(gocv.NewScalar(0, 0, 0, 0))
	region := d.square.Region(inner)
	defer func() { _ = region.Close() }()
	gocv.Resize(img, &region, inner.Max, 0, 0, gocv.InterpolationLinear)
	blob := gocv.BlobFromImage(d.square, 1, image.Pt(d.conf.Size, d.conf.Size), gocv.NewScalar(0, 0, 0, 0), false, false)
	defer func() { _ = blob.Close() }()
	outs, err := d.net.run(blob)
	if err != nil {
		return nil, err
	}
	faces, err := decode(outs, d.conf.Size, d.conf.MinScore)
	if err != nil {
		return nil, err
	}
	for i := range faces {
		faces[i].rescale(1 / scale)
	}
	return merge(faces), nil
}

// decode turns YuNet's raw outputs (cls, obj, bbox, kps, each at the three
// strides) into faces in input pixels. Anchors are row-major, one a cell.
func decode(outs [][]float32, size int, minScore float64) ([]Face, error) {
	if len(outs) != 12 {
		return nil, fmt.Errorf("detector has %d outputs, not 12", len(outs))
	}
	var faces []Face
	for level, stride := range strides {
		cls, obj, box, kps := outs[level], outs[3+level], outs[6+level], outs[9+level]
		cols := size / stride
		cells := cols * cols
		if len(cls) != cells || len(obj) != cells || len(box) != 4*cells || len(kps) != 10*cells {
			return nil, fmt.Errorf("detector outputs do not fit a %d×%d input", size, size)
		}
		for i := range cells {
			score := math.Sqrt(clamp(cls[i]) * clamp(obj[i]))
			if !(score >= minScore) {
				continue
			}
			faces = append(faces, cellFace(box[4*i:4*i+4], kps[10*i:10*i+10], i%cols, i/cols, stride, score))
		}
	}
	return faces, nil
}

func cellFace(box, kps []float32, col, row, stride int, score float64) Face {
	s := float64(stride)
	cx, cy := (float64(box[0])+float64(col))*s, (float64(box[1])+float64(row))*s
	w, h := math.Exp(float64(box[2]))*s, math.Exp(float64(box[3]))*s
	f := Face{Score: score, marked: true, Box: rectangle(cx-w/2, cy-h/2, cx+w/2, cy+h/2)}
	for p := range f.Points {
		f.Points[p] = Point{(float64(kps[2*p]) + float64(col)) * s, (float64(kps[2*p+1]) + float64(row)) * s}
	}
	return f
}

// rectangle rounds, and keeps a network gone wild within sane integers.
func rectangle(x0, y0, x1, y1 float64) image.Rectangle {
	limit := func(v float64) int {
		if math.IsNaN(v) {
			return 0
		}
		return int(math.Round(max(-1e6, min(1e6, v))))
	}
	return image.Rect(limit(x0), limit(y0), limit(x1), limit(y1))
}

func (f *Face) rescale(by float64) {
	f.Box = rectangle(float64(f.Box.Min.X)*by, float64(f.Box.Min.Y)*by, float64(f.Box.Max.X)*by, float64(f.Box.Max.Y)*by)
	for i := range f.Points {
		f.Points[i].X *= by
		f.Points[i].Y *= by
	}
}

// merge keeps the best of overlapping faces and orders what is left by size.
func merge(faces []Face) []Face {
	sort.SliceStable(faces, func(i, j int) bool { return faces[i].Score > faces[j].Score })
	faces = faces[:min(len(faces), maxCandidates)]
	var kept []Face
	for _, f := range faces {
		if area(f.Box) > 0 && !overlaps(kept, f.Box) {
			kept = append(kept, f)
		}
	}
	sort.SliceStable(kept, func(i, j int) bool { return area(kept[i].Box) > area(kept[j].Box) })
	return kept
}

func overlaps(faces []Face, box image.Rectangle) bool {
	for _, f := range faces {
		both := area(f.Box.Intersect(box))
		if float64(both) > sameFace*float64(area(f.Box)+area(box)-both) {
			return true
		}
	}
	return false
}

func clamp(v float32) float64 { return max(0, min(1, float64(v))) }
