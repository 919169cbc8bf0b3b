package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/clock"
	"huyun.internal/simulators/onestop"
)

// citizen is somebody whom a driver may apply as: at the platform as user, at a
// window by the number.
type citizen struct {
	User     string `json:"user"`
	Name     string `json:"name"`
	IDNumber string `json:"id_number"`
	Category string `json:"category"` // of their certificate; or one of the words below
}

// Who has no certificate to be told by.
const (
	newcomer = "NEW"
	retiree  = "RETIRED" // of a bus company, with a certificate
	firm     = "COMPANY" // of the platform
)

const (
	newcomers    = 4
	newcomerSeed = 1700
)

// licensing prepares what applications need: the calendar, people with certificates
// and without, all with accounts, a bus company's rosters with their pictures, one
// for the window and one to be sent online, and a sitting to be arranged into.
func (d *director) licensing(ctx context.Context, path string, r *reply) error {
	today := clock.DateOf(time.Now())
	some, more := history.Applicants([]string{"02001", "03003", "03001", "09002", "09003", "09002", "09002"})
	people := slices.Concat(some, more)
	roll := history.Roster()[:4]
	bus := slices.Concat(history.Roster()[4:6], history.Retirees(1, today, 0))
	book, err := history.Files(people, today.Add(soon))
	for _, step := range []func() error{
		func() error { return d.Calendars(ctx, d.logins, history.Calendar) },
		func() error { return d.KnowNothing(ctx) },
		func() error { return d.TakeOver(ctx, d.logins, book) },
		func() error { return d.Educate(ctx, d.logins, people) },
		func() error {
			files, err := history.BusFiles(slices.Concat(roll, bus), today.Add(3*365), 810_000)
			return errors.Join(err, d.TakeOver(ctx, d.logins, files))
		},
		func() error { return rosterFiles(path, roll[:2]) },
		func() error { return rosterFiles(path+"-online", roll[2:]) },
		func() error { return d.Portal(ctx, d.logins, nil, nil) },
		func() error { return d.enlist(people, bus, r) },
		func() error {
			_, _, err := d.Planned(ctx, d.logins, stack.Plan{Title: "公交驾驶员理论考试（浏览器测试）", Rule: "demo-13001-short", Candidates: 1, In: 5 * 24 * time.Hour})
			return err
		},
	} {
		if err == nil {
			err = step()
		}
	}
	return err
}

// enlist gives everybody an account at the platform, and says who they are.
func (d *director) enlist(people []seed.Candidate, bus []history.Employee, r *reply) error {
	all := slices.Clone(people)
	for _, p := range bus {
		all = append(all, seed.Candidate{Name: p.Name, ID: p.ID, Mobile: p.Mobile, Category: p.Category})
	}
	all[len(all)-1].Category = retiree
	for _, p := range seed.Candidates(newcomers, newcomerSeed) {
		p.Category = newcomer
		all = append(all, p)
	}
	if err := d.Enlist(all); err != nil {
		return err
	}
	accounts, err := d.Accounts()
	for _, a := range accounts {
		if a.OrgName != "" {
			r.Citizens = append(r.Citizens, citizen{a.UserID, a.OrgName, "", firm})
		}
		for _, p := range all {
			if p.ID == a.IDNo {
				r.Citizens = append(r.Citizens, citizen{a.UserID, p.Name, p.ID, p.Category})
			}
		}
	}
	return err
}

// rosterFiles writes a company's roster, of which a bad one has a wrong number in
// its second line, and the pictures of all.
func rosterFiles(path string, roll []history.Employee) error {
	bad, err := history.RosterBook(roll, 1)
	if err != nil {
		return err
	}
	good, err := history.RosterBook(roll, -1)
	return errors.Join(err, writeBooks(path, bad, good), os.WriteFile(path+"-files.zip", stack.Pictures(employees(roll), len(roll)), 0o600))
}

// strict is a renewal by somebody whom a court has reported: two must review it.
func (d *director) strict(ctx context.Context, user string, r *reply) error {
	accounts, err := d.Accounts()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(accounts, func(a onestop.Listed) bool { return a.UserID == user })
	if i < 0 {
		return fmt.Errorf("no account %q", user)
	}
	if err := d.Report(ctx, accounts[i].IDNo); err != nil {
		return err
	}
	_, page, err := d.ApplyOnline(ctx, user, "DG02", map[string]string{"reason": "EXPIRE", "delivery": "COUNTER"}, false)
	r.Case = page.ID
	return err
}

// walk takes "case:verb,verb" through its steps.
func (d *director) walk(ctx context.Context, arg string) error {
	id, verbs, _ := strings.Cut(arg, ":")
	c, err := d.Desk(ctx, d.logins, id)
	if err != nil {
		return err
	}
	return d.Walk(ctx, d.logins, &c, fmt.Sprintf("walk-%s-%d", id, c.Version), strings.Split(verbs, ",")...)
}
