package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/clock"
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
		err = companies(ctx, s, logins, clock.DateOf(begin))
	}
	if err == nil {
		err = s.Cancellations(ctx, logins)
	}
	if err == nil {
		err = applicants(ctx, s, logins, clock.DateOf(begin))
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

// soon is how far ahead the certificates of those who apply online end: they may
// be renewed already.
const soon = 60

// applicants are the people of 一网通办: with an application in every state, and two
// of each certificate who have none yet.
func applicants(ctx context.Context, s *stack.Stack, logins map[string]stack.Login, today clock.Date) error {
	begin := time.Now()
	applied, free := history.Applicants(stack.ShowCategories())
	all := append(slices.Clone(applied), free...)
	book, err := history.Files(all, today.Add(soon))
	if err == nil {
		err = s.TakeOver(ctx, logins, book)
	}
	if err == nil {
		err = s.Educate(ctx, logins, all)
	}
	if err == nil {
		err = s.Portal(ctx, logins, free, applied)
	}
	if err != nil {
		return err
	}
	n, err := s.Shown(ctx, logins, applied)
	if err == nil {
		err = s.Registrations(ctx, logins)
	}
	if err == nil {
		s.Say("  网上办件 %d 件（%.1f 秒）", n, time.Since(begin).Seconds())
	}
	return err
}

// companies are the bus companies, with a batch and people hired again.
func companies(ctx context.Context, s *stack.Stack, logins map[string]stack.Login, today clock.Date) error {
	roll, retired := history.Roster(), history.Retirees(3, today, 0)
	files, err := history.BusFiles(append(slices.Clone(roll), retired...), today.Add(3*365), 800_000)
	if err != nil {
		return err
	}
	roster, err := history.RosterBook(roll, -1)
	if err != nil {
		return err
	}
	return s.Companies(ctx, logins, stack.Books{Files: files, Roster: roster, Roll: employees(roll), Retired: employees(retired)})
}

func employees(list []history.Employee) []stack.Employee {
	out := make([]stack.Employee, len(list))
	for i, e := range list {
		out[i] = stack.Employee(e)
	}
	return out
}
