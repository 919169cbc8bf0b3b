package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
)

// The year: how many sittings, and of how many people.
const (
	sittings = 24
	fewest   = 16
	most     = 24
)

// trades are the categories examined, by their short papers.
func trades() []string { return []string{"09002", "02001", "13001", "03003"} }

// planned is a sitting of the year.
type planned struct {
	at     time.Time
	hall   int
	rule   paper.Rule
	people int
	seed   uint64
	shift  float64 // how much abler than others those who sit here are
}

// year spreads the sittings over the twelve months before now, two a month, on
// weekdays, mornings and afternoons in turn. The same now gives the same year.
func year(now time.Time, halls int, rules []paper.Rule) []planned {
	r := rand.New(rand.NewPCG(1, uint64(sittings))) //nolint:gosec // invented figures are to be the same every time
	out := make([]planned, sittings)
	for i := range out {
		day := clock.DateOf(now).Add(-365 + 15*i)
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.Add(1)
		}
		hall := i % halls
		out[i] = planned{
			at:   day.Start().Add(time.Duration(9+5*(i/halls%2)) * time.Hour).UTC(),
			hall: hall, rule: rules[(i+i/len(rules))%len(rules)], people: fewest + r.IntN(most-fewest+1), seed: 7000 + uint64(i), //nolint:gosec // small
			shift: []float64{0.2, -0.25, 0.05}[hall%3] + 0.015*float64(i), // halls differ, and training gets better
		}
	}
	return out
}

// Two more venues, so that there is something to compare.
func moreHalls() []venue.Draft {
	room := func(n int) []venue.Room {
		seats := make([]string, n)
		for i := range seats {
			seats[i] = fmt.Sprintf("%03d", i+1)
		}
		return []venue.Room{{Name: "一号考室", Seats: seats}}
	}
	return []venue.Draft{
		{Code: "102", Name: "徐汇分考场（演示）", District: "徐汇区", Address: "演示路 2 号", Contact: "吴负责", Rooms: room(30)},
		{Code: "103", Name: "嘉定分考场（演示）", District: "嘉定区", Address: "演示路 3 号", Contact: "郑负责", Rooms: room(30)},
	}
}

// halls are the demonstration's venues, those that lack are made.
func (w *world) halls(ctx context.Context) ([]venue.Venue, error) {
	ctx = as(ctx, planner)
	list, err := w.venues.List(ctx, "", db.Page{PageSize: 200})
	if err != nil {
		return nil, err
	}
	at := func(code string) int {
		return slices.IndexFunc(list.Items, func(v venue.Venue) bool { return v.Code == code })
	}
	first := at("101")
	if first < 0 {
		return nil, errors.New("the demonstration's venue is not there")
	}
	out := []venue.Venue{list.Items[first]}
	for _, d := range moreHalls() {
		if i := at(d.Code); i >= 0 {
			out = append(out, list.Items[i])
			continue
		}
		v, err := w.venues.Create(ctx, d)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	for i := range out {
		if out[i], err = w.venues.Get(ctx, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rules are the short papers of the trades.
func (w *world) rules(ctx context.Context) ([]paper.Rule, error) {
	list, err := w.papers.List(as(ctx, planner), "", "", false, db.Page{PageSize: 200})
	if err != nil {
		return nil, err
	}
	var out []paper.Rule
	for _, category := range trades() {
		i := slices.IndexFunc(list.Items, func(r paper.Rule) bool { return r.Category == category && r.Body.Minutes == shortMinutes })
		if i < 0 {
			return nil, fmt.Errorf("no short paper of %s", category)
		}
		out = append(out, list.Items[i])
	}
	return out, nil
}

// shortMinutes is how long the demonstration's short papers take (deploy/seed).
const shortMinutes = 20

// Sat are people who sat an exam of a category in the middle of the year before
// now; most of them passed, and their results count today.
func Sat(category string, now time.Time) []seed.Candidate {
	rules := make([]paper.Rule, len(trades()))
	for i, c := range trades() {
		rules[i].Category = c
	}
	var out []seed.Candidate
	for _, p := range year(now, 1, rules)[sittings/4 : sittings/4*3] {
		if p.rule.Category == category {
			out = append(out, seed.Candidates(p.people, p.seed)...)
		}
	}
	return out
}
