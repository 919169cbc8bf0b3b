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
	Category string `json:"category"` // of their certificate
}

// licensing prepares what applications need: the calendar, people with certificates
// and accounts, and a bus company's roster with its pictures.
func (d *director) licensing(ctx context.Context, path string, r *reply) error {
	today := clock.DateOf(time.Now())
	_, people := history.Applicants([]string{"02001", "03003", "03001", "09002", "09003"})
	roll := history.Roster()[:2]
	book, err := history.Files(people, today.Add(soon))
	for _, step := range []func() error{
		func() error { return d.Calendars(ctx, d.logins, history.Calendar) },
		func() error { return d.KnowNothing(ctx) },
		func() error { return d.TakeOver(ctx, d.logins, book) },
		func() error { return d.Educate(ctx, d.logins, people) },
		func() error { return d.Portal(ctx, d.logins, people, nil) },
		func() error {
			files, err := history.BusFiles(roll, today.Add(3*365), 810_000)
			return errors.Join(err, d.TakeOver(ctx, d.logins, files))
		},
		func() error { return rosterFiles(path, roll) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return err
	}
	accounts, err := d.Accounts()
	for _, a := range accounts {
		for _, p := range people {
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
