package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// past gives a demonstration its year of sittings and its practitioners with their applications, once for
// each folder.
func past(ctx context.Context, s *stack.Stack, logins map[string]stack.Login) error {
	mark := filepath.Join(s.Dir, "history.json")
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	s.Say("正在补一年的演示考试数据 …")
	begin := time.Now()
	held, err := history.Fill(ctx, history.Options{Data: s.CloudData(), DSN: s.DSN, Now: begin})
	if err != nil {
		return err
	}
	years := time.Since(begin)
	people, err := history.Practitioners(ctx, history.Options{Data: s.CloudData(), DSN: s.DSN, Now: begin})
	if err != nil {
		return err
	}
	s.Say("正在办理演示办件 …")
	err = s.Calendars(ctx, logins, history.Calendar)
	if err == nil {
		err = s.Cases(ctx, logins, history.InForce())
	}
	if err == nil {
		err = s.Applicants(ctx, logins, func(category string) []seed.Candidate { return history.Sat(category, begin) })
	}
	if err == nil {
		err = s.Portal(ctx, logins, history.InForce())
	}
	if err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]any{"sittings": held, "people": people, "seconds": years.Seconds(), "people_seconds": (time.Since(begin) - years).Seconds()})
	if err != nil {
		return err
	}
	return os.WriteFile(mark, raw, 0o600)
}
