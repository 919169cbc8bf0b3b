package stack

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/citydata"
)

// flaws are what the registers know against some of the demonstration's people
// with a case, by the number of the case: one of each kind that a check finds.
func flaws(day time.Time) map[int]citydata.Person {
	date := func(years, months int) string { return day.AddDate(years, months, 0).Format(time.DateOnly) }
	return map[int]citydata.Person{
		1: {Driving: &citydata.Driving{Class: "C1", FirstDate: date(0, -6), ValidTo: date(5, 0), Status: "DETAINED"}},
		4: {Penalty: &citydata.Penalty{Unsettled: 1, Orgs: []string{"（模拟）交通执法总队"}}},
		5: {Penalty: &citydata.Penalty{Unsettled: 2, Orgs: []string{"（模拟）浦东新区交通执法大队"}}, Background: map[string]string{"DRINK_DRIVING": "YES"}},
		// nobody of the number: for a person
		6: {Unknown: []string{"penalty", "education", "residence"}},
		7: {Traffic: &citydata.Traffic{
			Offences: 6, Unhandled: 2, Points: []int{12, 0, 0}, Accidents: []citydata.Accident{{Date: date(-1, 0), Grade: "MAJOR", Duty: "MAIN"}},
		}, Residence: &citydata.Residence{}, Level: 80},
	}
}

// cityDemo tells the simulated registers about the demonstration's people: nothing
// is known against most of them.
func (s *Stack) cityDemo(ctx context.Context, people []seed.Candidate) error {
	if !s.Simulators.Running() {
		return nil
	}
	err := s.Outside(ctx, http.MethodPut, "/citydata/otherwise", citydata.Clean(), nil)
	if err == nil {
		err = s.Outside(ctx, http.MethodPut, "/citydata/companies", citydata.Company{Code: "91310000MA1DEMO09X", Name: "（模拟）已注销的运输公司", Status: "CLOSED"}, nil)
	}
	for n, p := range flaws(time.Now()) {
		if err != nil || n >= len(people) {
			continue
		}
		p.IDNo = people[n].ID
		err = s.Outside(ctx, http.MethodPut, "/citydata/people", p, nil)
	}
	if err != nil {
		return fmt.Errorf("demonstration registers: %w", err)
	}
	return nil
}

const (
	// registersAnswer is how long the platform may take with a demonstration's case.
	registersAnswer = 30 * time.Second
	lookEvery       = 200 * time.Millisecond
)

// answered waits until the registers have answered what they were asked for a case;
// without them a person confirms.
func (s *Stack) answered(ctx context.Context, at *Client, c *casePage) error {
	end := time.Now().Add(registersAnswer)
	for {
		err := at.Do(ctx, http.MethodGet, "/api/v1/licensing/cases/"+c.ID, nil, c)
		if err != nil {
			return err
		}
		waiting := false
		for _, q := range c.Inquiries {
			waiting = waiting || q.State == "WAITING" && q.Problem == ""
		}
		if !waiting {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the registers do not answer for case %s", c.ID)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}
