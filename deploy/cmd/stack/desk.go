package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// practical puts on a sitting with a practical exam, approved and with its one
// candidate let in: what two examiners need to score.
func (d *director) practical(ctx context.Context, r *reply) error {
	e, err := d.PutOn(ctx, d.logins, stack.Plan{
		Title: "道路货运驾驶员应会考试（浏览器测试）", Rule: "demo-02001-short", Candidates: 1, Seed: 3, In: 25 * time.Hour,
	})
	if err != nil {
		return err
	}
	h := d.Hall(d.logins, e)
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return d.ArrangePractical(ctx, d.logins, e.Sitting) },
		h.Enter, h.Ask,
		func(ctx context.Context) error { return h.Decide(ctx, map[string]any{"approve": true}) },
		h.Receive,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.staged = stagedOf(e)
	list, err := h.Chief.Candidates(ctx, e.Sitting)
	if err != nil {
		return err
	}
	colleague := d.logins["liu.jiankao"]
	return h.Chief.Admit(ctx, e.Sitting, list[0], &colleague)
}

// portraits writes the zip that a calibration takes: two people, three
// photographs each.
func portraits(ctx context.Context, path string) error {
	faces, err := seed.Faces(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, person := range []string{seed.Developer, seed.Stranger} {
		for n := range uint64(3) {
			picture, err := seed.Camera(faces, person, n)
			if err != nil {
				return err
			}
			w, err := z.Create(fmt.Sprintf("%s/%d.jpg", person, n))
			if err == nil {
				_, err = w.Write(picture)
			}
			if err != nil {
				return err
			}
		}
	}
	return errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600))
}
