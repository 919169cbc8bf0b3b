package main

import (
	"context"
	"time"

	"huyun.internal/deploy/stack"
)

// practical puts on a sitting with a practical exam, approved and with its one
// candidate let in: what two examiners need to score. There is one of them, however
// often it is asked for: the room is taken then.
func (d *director) practical(ctx context.Context, r *reply) error {
	if d.scored.Sitting != "" {
		r.staged = d.scored
		return nil
	}
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
	err = h.Chief.Admit(ctx, e.Sitting, list[0], &colleague)
	if err == nil {
		d.scored = r.staged
	}
	return err
}
