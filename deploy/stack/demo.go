package stack

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// demoSeats is how many seats the demonstration venue has.
const demoSeats = 40

// demoIn is how far ahead the first sitting is planned: a venue asks to open an
// hour before at the latest, and a visitor looks around first.
const demoIn = 2 * time.Hour

// Demonstration prepares what a visitor finds: accounts, bank, rules, a venue
// with its device, and one sitting with candidates. A second start finds it
// all there.
func (s *Stack) Demonstration(ctx context.Context) (map[string]Login, error) {
	path := filepath.Join(s.Dir, "demo.json")
	raw, err := os.ReadFile(path)
	if err == nil {
		// Nobody signs in: a visitor may have changed a password since.
		s.Demo = &Exam{}
		logins, err := s.Logins()
		return logins, errors.Join(err, json.Unmarshal(raw, s.Demo))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	logins, err := s.Prepare(ctx, demoSeats)
	if err != nil {
		return nil, err
	}
	s.Say("正在安排演示场次 …")
	strangers := 6
	if s.Themselves {
		strangers = 0
	}
	s.Demo, err = s.PutOn(ctx, logins, Plan{
		Title: "公交驾驶员理论考试（演示）", Rule: "demo-13001-short", Candidates: 12, Spare: demoSeats - 12, Strangers: strangers, Seed: 1, In: demoIn,
	})
	if err != nil {
		return nil, err
	}
	s.Demo.Next, err = s.practicalDemo(ctx, logins)
	err = errors.Join(err, s.classDemo(ctx, logins), s.sanctionDemo(ctx))
	if err != nil {
		return nil, err
	}
	raw, err = json.Marshal(s.Demo)
	if err != nil {
		return nil, err
	}
	return logins, os.WriteFile(path, raw, 0o600)
}

// practicalDemo is a sitting with a practical exam, after the first one.
func (s *Stack) practicalDemo(ctx context.Context, logins map[string]Login) (*Exam, error) {
	e, err := s.PutOn(ctx, logins, Plan{
		Title: "道路货运驾驶员理论与应会考试（演示）", Rule: "demo-02001-short", Candidates: 6, Spare: demoSeats - 6, Seed: 2, In: 3 * time.Hour,
	})
	if err != nil {
		return nil, err
	}
	return e, s.ArrangePractical(ctx, logins, e.Sitting)
}

// over are the states in which a sitting has nothing left to try.
var over = []string{"CLOSED", "SCORED", "PUBLISHED", "CANCELLED"} //nolint:gochecknoglobals // a table

// Onward is the demonstration's sitting that a visitor can still hold; nil when
// all are over. It fails when nobody can ask, such as after a changed password.
func (s *Stack) Onward(ctx context.Context, logins map[string]Login) (*Exam, error) {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return nil, err
	}
	for e := s.Demo; e != nil; e = e.Next {
		var in struct{ State string }
		err = admin.Do(ctx, http.MethodGet, "/api/v1/exam/sittings/"+e.Sitting, nil, &in)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(over, in.State) {
			return e, nil
		}
	}
	return nil, nil //nolint:nilnil // over, and no fault
}
