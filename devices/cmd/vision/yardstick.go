package main

import (
	"errors"
	"image"
	"math"
	"path/filepath"

	"gocv.io/x/gocv"

	"huyun.internal/devices/cmd/vision/engine"
)

// yardstick is what J5 measures us against: decode, detect, align, embed with
// bare gocv calls, no process, no frames, no guards, no merging of boxes. It
// shares the model files with us and no code but the scaling of its numbers.
type yardstick struct {
	conf     engine.Config
	detect   gocv.Net
	embed    gocv.Net
	names    []string
	classic  bool
	describe engine.Engine // the classic engine's histograms are our own code on both sides
}

func openYardstick(f files) (*yardstick, error) {
	conf, found, err := engine.FindConfig(f.models)
	if err != nil {
		return nil, err
	}
	y := &yardstick{conf: conf, classic: !found}
	if y.classic {
		y.describe, err = engine.OpenClassic(f.cascades)
		return y, err
	}
	y.detect = gocv.ReadNetFromONNX(filepath.Join(f.models, conf.Detector.Model))
	if conf.Embedder.Graph != "" {
		y.embed = gocv.ReadNetFromCaffe(filepath.Join(f.models, conf.Embedder.Graph), filepath.Join(f.models, conf.Embedder.Model))
	} else {
		y.embed = gocv.ReadNetFromONNX(filepath.Join(f.models, conf.Embedder.Model))
	}
	for _, kind := range []string{"cls_", "obj_", "bbox_", "kps_"} {
		for _, stride := range []string{"8", "16", "32"} {
			y.names = append(y.names, kind+stride)
		}
	}
	return y, nil
}

func (y *yardstick) close() {
	if y.classic {
		y.describe.Close()
		return
	}
	_ = y.detect.Close()
	_ = y.embed.Close()
}

var errYardstick = errors.New("yardstick: no face")

func (y *yardstick) compare(a, b []byte) error {
	for _, data := range [][]byte{a, b} {
		img, err := gocv.IMDecode(data, gocv.IMReadColor)
		if err != nil {
			return err
		}
		if y.classic {
			err = y.haar(img)
		} else {
			err = y.yunet(img)
		}
		_ = img.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (y *yardstick) haar(img gocv.Mat) error {
	faces, err := y.describe.Find(img)
	if err != nil || len(faces) == 0 {
		return errors.Join(errYardstick, err)
	}
	_, err = y.describe.Describe(img, faces[0])
	return err
}

func (y *yardstick) yunet(img gocv.Mat) error {
	size := y.conf.Detector.Size
	scale := float64(size) / float64(max(img.Cols(), img.Rows()))
	input := gocv.Zeros(size, size, gocv.MatTypeCV8UC3)
	region := input.Region(image.Rect(0, 0, int(math.Round(float64(img.Cols())*scale)), int(math.Round(float64(img.Rows())*scale))))
	gocv.Resize(img, &region, image.Pt(region.Cols(), region.Rows()), 0, 0, gocv.InterpolationLinear)
	blob := gocv.BlobFromImage(input, 1, image.Pt(size, size), gocv.NewScalar(0, 0, 0, 0), false, false)
	y.detect.SetInput(blob, "")
	outs := y.detect.ForwardLayers(y.names)
	best, points := float32(0), [10]float64{}
	for level, stride := range []int{8, 16, 32} {
		cls, _ := outs[level].DataPtrFloat32()
		obj, _ := outs[3+level].DataPtrFloat32()
		kps, _ := outs[9+level].DataPtrFloat32()
		for i := range cls {
			if cls[i]*obj[i] <= best {
				continue
			}
			best = cls[i] * obj[i]
			cols := size / stride
			for k := range points {
				cell := [2]int{i % cols, i / cols}[k%2]
				points[k] = (float64(kps[10*i+k]) + float64(cell)) * float64(stride) / scale
			}
		}
	}
	for _, m := range append(outs, input, region, blob) {
		_ = m.Close()
	}
	if best == 0 {
		return errYardstick
	}
	y.warpAndEmbed(img, points)
	return nil
}

// warpAndEmbed aligns on the eyes alone, with OpenCV's own helper.
func (y *yardstick) warpAndEmbed(img gocv.Mat, p [10]float64) {
	e := y.conf.Embedder
	at := func(x, y float64) gocv.Point2f { return gocv.Point2f{X: float32(x), Y: float32(y)} }
	from := gocv.NewPoint2fVectorFromPoints([]gocv.Point2f{at(p[0], p[1]), at(p[2], p[3]), at(p[4], p[5])})
	to := gocv.NewPoint2fVectorFromPoints([]gocv.Point2f{
		at(e.Points[0].X, e.Points[0].Y), at(e.Points[1].X, e.Points[1].Y), at(e.Points[2].X, e.Points[2].Y),
	})
	m := gocv.GetAffineTransform2f(from, to)
	crop := gocv.NewMat()
	gocv.WarpAffine(img, &crop, m, image.Pt(e.Width, e.Height))
	blob := gocv.BlobFromImage(crop, e.Scale, image.Pt(e.Width, e.Height), gocv.NewScalar(e.Mean, e.Mean, e.Mean, 0), e.RGB, false)
	y.embed.SetInput(blob, "")
	out := y.embed.Forward(e.Output)
	for _, mat := range []gocv.Mat{m, crop, blob, out} {
		_ = mat.Close()
	}
	from.Close()
	to.Close()
}
