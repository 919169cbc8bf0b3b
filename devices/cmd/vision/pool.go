package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"gocv.io/x/gocv"

	"huyun.internal/devices/cmd/vision/engine"
	"huyun.internal/devices/vision"
	"huyun.internal/protocol/fault"
)

// pool is a fixed number of workers, each with an engine and an OS thread of
// its own: no detector or network is ever shared, and OpenCV's per-thread
// memory does not grow with Go's threads.
type pool struct {
	info vision.Info
	jobs chan func(engine.Engine)
	wg   sync.WaitGroup
}

func openPool(f files, workers int) (*pool, error) {
	if workers < 1 || workers > 64 {
		return nil, fmt.Errorf("workers must be 1 to 64, not %d", workers)
	}
	engine.SetThreads(1)
	p := &pool{jobs: make(chan func(engine.Engine))}
	opened := make(chan error)
	var info engine.Info
	for i := range workers {
		p.wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			e, err := f.open()
			if err == nil && i == 0 {
				info = e.Info()
			}
			opened <- err
			if err != nil {
				return
			}
			defer e.Close()
			for job := range p.jobs {
				job(e)
			}
		})
	}
	var errs []error
	for range workers {
		errs = append(errs, <-opened)
	}
	if err := errors.Join(errs...); err != nil {
		p.close()
		return nil, err
	}
	p.info = describe(info, f, workers)
	return p, nil
}

func (f files) open() (engine.Engine, error) {
	if f.classic {
		return engine.OpenClassic(f.cascades)
	}
	return engine.Open(f.models, f.cascades)
}

func describe(e engine.Info, f files, workers int) vision.Info {
	info := vision.Info{
		Engine: e.Engine, Model: e.Model, Demo: e.Demo, Threshold: e.Threshold,
		OpenCV: gocv.OpenCVVersion(), Workers: workers,
	}
	switch {
	case !e.Demo:
	case f.models == "":
		info.Notice = "未配置模型目录，正在使用演示级人脸引擎，不得用于正式考试的身份核验"
	default:
		info.Notice = "模型目录中没有可用的模型文件，正在使用演示级人脸引擎，不得用于正式考试的身份核验"
	}
	return info
}

func (p *pool) close() {
	close(p.jobs)
	p.wg.Wait()
}

// do runs job on a free worker and waits. An answer to a panic is a fault, and
// the worker lives on.
func (p *pool) do(ctx context.Context, job func(engine.Engine) vision.Reply) vision.Reply {
	done := make(chan vision.Reply, 1)
	guarded := func(e engine.Engine) {
		defer func() {
			if r := recover(); r != nil {
				_, _ = fmt.Fprintln(os.Stderr, "worker panic:", r)
				done <- failed(fmt.Errorf("panic: %v", r))
			}
		}()
		done <- job(e)
	}
	select {
	case p.jobs <- guarded:
		return <-done
	case <-ctx.Done():
		return failed(vision.ErrDown.With(ctx.Err()))
	}
}

func failed(err error) vision.Reply {
	if fault.KindOf(err) == fault.Internal {
		_, _ = fmt.Fprintln(os.Stderr, "request failed:", err)
	}
	return vision.Reply{Fault: vision.FaultOf(err)}
}

// Answer implements vision.Handler.
func (p *pool) Answer(ctx context.Context, ask string, pictures [][]byte) vision.Reply {
	switch ask {
	case vision.AskInfo:
		return vision.Reply{Info: &p.info}
	case vision.AskFind:
		return p.do(ctx, func(e engine.Engine) vision.Reply {
			_, faces, err := look(e, "picture", pictures[0])
			if err != nil {
				return failed(err)
			}
			return vision.Reply{Faces: &faces}
		})
	case vision.AskCompare:
		return p.do(ctx, func(e engine.Engine) vision.Reply {
			r, err := compare(e, pictures[0], pictures[1])
			if err != nil {
				return failed(err)
			}
			return vision.Reply{Result: &r}
		})
	}
	return failed(vision.ErrFrame)
}

// compare looks at both pictures and compares their largest faces. Whatever
// cannot be compared stays Compared=false with a score of 0.
func compare(e engine.Engine, reference, probe []byte) (vision.Result, error) {
	info := e.Info()
	r := vision.Result{Engine: info.Engine, Model: info.Model, Demo: info.Demo, Threshold: info.Threshold}
	ref, refFaces, err := look(e, "reference", reference)
	if err != nil {
		return r, err
	}
	got, gotFaces, err := look(e, "probe", probe)
	if err != nil {
		return r, err
	}
	r.RefFaces, r.ProbeFaces = len(refFaces), len(gotFaces)
	if len(refFaces) > 0 {
		r.RefBox = refFaces[0].Box
	}
	if len(gotFaces) > 0 {
		r.ProbeBox = gotFaces[0].Box
	}
	if score, ok := e.Similarity(ref, got); ok {
		r.Compared, r.Score = true, score
	}
	return r, nil
}

// look decodes a picture, finds its faces and describes the largest.
func look(e engine.Engine, part string, data []byte) (engine.Template, []vision.Face, error) {
	img, err := engine.Decode(data)
	if err != nil {
		return nil, nil, pictureFault(part, err)
	}
	defer func() { _ = img.Close() }()
	found, err := e.Find(img)
	if err != nil {
		return nil, nil, fmt.Errorf("find faces: %w", err)
	}
	faces := make([]vision.Face, 0, len(found))
	for _, f := range found {
		faces = append(faces, wireFace(f))
	}
	if len(found) == 0 {
		return nil, faces, nil
	}
	t, err := e.Describe(img, found[0])
	if err != nil {
		return nil, nil, fmt.Errorf("describe face: %w", err)
	}
	return t, faces, nil
}

func wireFace(f engine.Face) vision.Face {
	face := vision.Face{Box: vision.BoxOf(f.Box), Score: f.Score}
	if f.Points != (engine.Landmarks{}) {
		for _, p := range f.Points {
			face.Points = append(face.Points, vision.Point{X: p.X, Y: p.Y})
		}
	}
	return face
}

func pictureFault(part string, err error) error {
	for reason, is := range map[string]error{
		"bytes": engine.ErrBytes, "format": engine.ErrFormat, "pixels": engine.ErrPixels,
		"small": engine.ErrSmall, "damaged": engine.ErrDamaged,
	} {
		if errors.Is(err, is) {
			return vision.PictureFault(part, reason)
		}
	}
	return err
}
