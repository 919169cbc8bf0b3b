package stack

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/citydata"
)

// owing are those of the demonstration's people with a case, by its number, who have
// not settled a penalty, and one of whom the register knows nothing.
var owing = map[int]citydata.Person{ //nolint:gochecknoglobals // a table
	4: {Penalty: &citydata.Penalty{Unsettled: 1, Orgs: []string{"（模拟）交通执法总队"}}},
	5: {Penalty: &citydata.Penalty{Unsettled: 2, Orgs: []string{"（模拟）浦东新区交通执法大队"}}},
	6: {Unknown: []string{"penalty"}},
}

// KnowNothing tells the simulated registers that nothing is known against anybody.
func (s *Stack) KnowNothing(ctx context.Context) error {
	return s.Outside(ctx, http.MethodPut, "/citydata/otherwise", citydata.Clean(), nil)
}

// cityDemo tells the simulated registers about the demonstration's people: nothing
// is known against most of them.
func (s *Stack) cityDemo(ctx context.Context, people []seed.Candidate) error {
	if !s.Simulators.Running() {
		return nil
	}
	err := s.KnowNothing(ctx)
	if err == nil {
		err = s.Outside(ctx, http.MethodPut, "/citydata/companies", citydata.Company{Code: closedFirm, Name: "（模拟）已注销的运输公司", Status: "CLOSED"}, nil)
	}
	for n, p := range owing {
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
func (s *Stack) answered(ctx context.Context, at *Client, c *CasePage) error {
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
