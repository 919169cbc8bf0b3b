package main

import (
	"context"
	"fmt"
	"time"

	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/office"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
)

// question is something that the console asks of an office.
type question struct {
	name   string
	counts bool
	ask    func(ctx context.Context, o *office.Office) (found int, err error)
}

// questions are the work queues as their page asks them, with the figures on their
// tabs, and the searches for somebody.
func questions() []question {
	cases := func(name string, f application.Filter, text string) question {
		return question{name, false, func(ctx context.Context, o *office.Office) (int, error) {
			if f.Queue != "" {
				if _, err := o.Case.Counts(ctx); err != nil {
					return 0, err
				}
			}
			list, err := o.Case.List(ctx, f, db.Page{Q: text})
			return len(list.Items), err
		}}
	}
	people := func(name, text string) question {
		return question{name, false, func(ctx context.Context, o *office.Office) (int, error) {
			list, err := o.Practitioner.List(ctx, practitioner.Filter{}, db.Page{Q: text})
			return len(list.Items), err
		}}
	}
	out := []question{}
	for _, q := range []string{"accept", "review", "approve", "refuse", "extend", "certify"} {
		out = append(out, cases("queue."+q, application.Filter{Queue: q}, ""))
	}
	surname := people("person.surname", "江")
	matters := cases("case.matter", application.Filter{Matter: "BU02"}, "")
	surname.counts, matters.counts = true, true
	return append(out,
		cases("queue.overdue", application.Filter{Queue: "review", Light: application.Red}, ""), cases("case.all", application.Filter{}, ""),
		cases("case.name", application.Filter{}, office.Rare), cases("case.queue-name", application.Filter{Queue: "review"}, "江建"),
		cases("case.number", application.Filter{}, "31019000000999"), matters,
		cases("case.id", application.Filter{}, somebody().ID),
		people("person.name", office.Rare), people("person.id", somebody().ID), surname,
	)
}

// somebody is a person whom both offices know, with a case.
func somebody() seed.Candidate { return seed.Candidates(1, 99)[0] }

// oneTurn is how many questions a turn has.
const oneTurn = 40

// queuesBench holds what officers wait for against the same with a hundredth of the
// cases: both offices on one server, asked in turn.
func queuesBench(s setup, r *report) error {
	c, err := s.city()
	if err != nil {
		return err
	}
	for _, o := range []*office.Office{c.few, c.many} {
		if err := known(o); err != nil {
			return err
		}
	}
	for _, q := range questions() {
		turn := func(o *office.Office) sample {
			ctx := reader()
			return func() (float64, error) {
				from := time.Now()
				for range oneTurn {
					n, err := q.ask(ctx, o)
					if err == nil && n == 0 {
						err = fmt.Errorf("%s: nothing was found", q.name)
					}
					if err != nil {
						return 0, err
					}
				}
				return 1e3 * time.Since(from).Seconds() / oneTurn, nil
			}
		}
		limit := target{most: 1.5}
		if q.counts { // what is counted grows with the city, to db.Most
			limit = target{}
		}
		err = compare(s, r, q.name, turn(c.many), turn(c.few), "ms", limit)
		if err != nil {
			return err
		}
	}
	return nil
}

// known makes somebody apply.
func known(o *office.Office) error {
	ctx := context.Background()
	who, err := o.File(ctx, somebody(), practitioner.Road, []string{"02001"}, clock.Date{Year: 2024, Month: 3, Day: 1})
	if err != nil {
		return err
	}
	p, err := o.Draft(ctx, &who, "RT04", nil, office.Said())
	if err == nil {
		_, err = o.Submit(ctx, &who, p)
	}
	return err
}

func reader() context.Context {
	return auth.With(context.Background(), auth.Actor{
		ID: "bench", Kind: auth.KindStaff, Username: "bench", Scope: auth.Scope{All: true}, Perms: auth.NewPerms(application.PermList, practitioner.PermList),
	})
}
