package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"huyun.internal/devices/cmd/vision/engine"
)

// check says which engine the files allow and tries it on drawn pictures.
func check(_ context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	var f files
	f.register(fs)
	fs.BoolVar(&f.classic, "classic", false, "即使有模型也检查演示级引擎")
	if err := fs.Parse(args); err != nil {
		return err
	}
	engine.SetThreads(1)
	e, err := f.open()
	if err != nil {
		return fmt.Errorf("load engine: %w", err)
	}
	defer e.Close()
	info := describe(e.Info(), f, 1)
	_, _ = fmt.Fprintf(out, "引擎    %s\n模型    %s\n阈值    %.3f（建议值）\nOpenCV  %s\n",
		info.Engine, info.Model, info.Threshold, info.OpenCV)
	if info.Notice != "" {
		_, _ = fmt.Fprintf(out, "注意    %s\n", info.Notice)
	}
	if err := selfTest(e); err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	_, _ = fmt.Fprintf(out, "自检    通过\nvision check: OK engine=%s model=%s demo=%t opencv=%s\n",
		info.Engine, info.Model, info.Demo, info.OpenCV)
	return nil
}

// selfTest holds for any engine: an empty picture has no face, the same picture
// is described the same way twice, and nothing is never like something.
func selfTest(e engine.Engine) error {
	empty, err := drawing(func(int, int) uint8 { return 127 })
	if err != nil {
		return err
	}
	tmpl, faces, err := look(e, "picture", empty)
	if err != nil {
		return err
	}
	if len(faces) != 0 {
		return errors.New("found a face in an empty picture")
	}
	if _, ok := e.Similarity(tmpl, tmpl); ok {
		return errors.New("compared nothing with nothing")
	}
	rings, err := drawing(func(x, y int) uint8 { return uint8((x-120)*(x-120)/16 + (y-130)*(y-130)/32) })
	if err != nil {
		return err
	}
	var twice [2]engine.Template
	for i := range twice {
		img, err := engine.Decode(rings)
		if err != nil {
			return err
		}
		twice[i], err = e.Describe(img, engine.FaceAt(image.Rect(40, 40, 200, 220)))
		_ = img.Close()
		if err != nil {
			return err
		}
	}
	if s, ok := e.Similarity(twice[0], twice[1]); !ok || s < 0.9999 {
		return fmt.Errorf("the same picture scores %.4f with itself", s)
	}
	return nil
}

func drawing(at func(x, y int) uint8) ([]byte, error) {
	img := image.NewGray(image.Rect(0, 0, 240, 260))
	for y := range 260 {
		for x := range 240 {
			img.SetGray(x, y, color.Gray{Y: at(x, y)})
		}
	}
	var buf bytes.Buffer
	err := png.Encode(&buf, img)
	return buf.Bytes(), err
}
