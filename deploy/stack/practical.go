package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// practicalCategories have a practical exam (domain reference 9.2).
var practicalCategories = []string{"01001", "02001"} //nolint:gochecknoglobals // a table

// saveSchemes puts the centre's default schemes of practical exams in use, where
// a category has none.
func (s *Stack) saveSchemes(ctx context.Context, logins map[string]Login) error {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	for _, category := range practicalCategories {
		var have struct{ Total int }
		err = admin.Do(ctx, http.MethodGet, "/api/v1/exam/practical/schemes?category="+category, nil, &have)
		if err != nil {
			return err
		}
		if have.Total > 0 {
			continue
		}
		var scheme struct {
			Category, Name string
			Pass, Minutes  int
			Items          json.RawMessage
		}
		err = admin.Do(ctx, http.MethodGet, "/api/v1/exam/practical/defaults?category="+category, nil, &scheme)
		if err != nil {
			return err
		}
		var made struct{ ID string }
		err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/practical/schemes", map[string]any{
			"category": scheme.Category, "name": scheme.Name, "pass": scheme.Pass, "minutes": scheme.Minutes, "items": scheme.Items,
		}, &made)
		if err == nil {
			err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/practical/schemes/"+made.ID+"/use", nil, nil)
		}
		if err != nil {
			return fmt.Errorf("scheme of %s: %w", category, err)
		}
	}
	return nil
}

// ArrangePractical makes a sitting hold a practical exam too.
func (s *Stack) ArrangePractical(ctx context.Context, logins map[string]Login, sitting string) error {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	return admin.Do(ctx, http.MethodPost, "/api/v1/exam/sittings/"+sitting+"/practical", nil, nil)
}
