package stack

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// demoSeats is how many seats the demonstration venue has.
const demoSeats = 40

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
		Title: "公交驾驶员理论考试（演示）", Rule: "demo-13001-short", Candidates: 12, Spare: demoSeats - 12, Strangers: strangers, Seed: 1,
	})
	if err != nil {
		return nil, err
	}
	err = errors.Join(s.practicalDemo(ctx, logins), s.classDemo(ctx, logins), s.sanctionDemo(ctx))
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
func (s *Stack) practicalDemo(ctx context.Context, logins map[string]Login) error {
	e, err := s.PutOn(ctx, logins, Plan{
		Title: "道路货运驾驶员理论与应会考试（演示）", Rule: "demo-02001-short", Candidates: 6, Spare: demoSeats - 6, Seed: 2, In: 3 * time.Hour,
	})
	if err != nil {
		return err
	}
	return s.ArrangePractical(ctx, logins, e.Sitting)
}
