package stack

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/deploy/seed"
)

// The demonstration's class: open, with some people in it already.
const (
	classPeople = 6
	classSeed   = 900
	classHours  = 40
)

// classDemo is a plan of this month with one class that people can still join.
func (s *Stack) classDemo(ctx context.Context, logins map[string]Login) error {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	const all = "/api/v1/training/classes"
	day := time.Now()
	var plan, class struct{ ID string }
	err = admin.Do(ctx, http.MethodPost, "/api/v1/training/plans", map[string]any{
		"year": day.Year(), "month": int(day.Month()), "category": "13001", "kind": "NEW", "classes": 2, "people": 60,
	}, &plan)
	if err == nil {
		err = admin.Do(ctx, http.MethodPost, all, map[string]any{
			"plan": plan.ID, "venue": s.Demo.Venue, "begins": day.Format(time.DateOnly), "ends": day.AddDate(0, 0, 4).Format(time.DateOnly),
			"daily_from": "09:00", "daily_to": "16:00", "place": "二楼教室", "capacity": 30, "teacher": "周老师", "hours": classHours,
		}, &class)
	}
	if err == nil {
		err = admin.Do(ctx, http.MethodPost, all+"/"+class.ID+"/act", map[string]string{"verb": "open"}, nil)
	}
	if err != nil {
		return fmt.Errorf("demonstration class: %w", err)
	}
	for _, p := range seed.Candidates(classPeople, classSeed) {
		err = admin.Do(ctx, http.MethodPost, all+"/"+class.ID+"/members", map[string]string{"name": p.Name, "id_no": p.ID, "mobile": p.Mobile}, nil)
		if err != nil {
			return fmt.Errorf("demonstration class: %w", err)
		}
	}
	return nil
}
