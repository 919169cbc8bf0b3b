package letter

import (
	"context"
	"encoding/json"
	"maps"

	"huyun.internal/cloud/platform/db"
)

// Rewrite is the next release: a kind says something else, as its next version.
func (s *Service) Rewrite(kind, says string) {
	next := &texts{templates: maps.Clone(s.texts.templates), trades: s.texts.trades}
	t := next.templates[kind]
	t.Version++
	t.Title, t.Closing = "新版"+t.Title, []paragraph{{Text: says}}
	next.templates[kind] = t
	s.texts = next
}

// Forget makes a letter one that was left for later when its text was not kept yet.
func (s *Service) Forget(ctx context.Context, q db.Q, id string) error {
	l, err := s.Get(ctx, q, id)
	if err != nil {
		return err
	}
	plain, err := s.keys.OpenAt([]string{placeFacts, id}, l.Facts)
	if err != nil {
		return err
	}
	var what said
	if err := json.Unmarshal(plain, &what); err != nil {
		return err
	}
	what.Text = nil
	if plain, err = json.Marshal(what); err != nil {
		return err
	}
	if l.Facts, err = s.keys.SealAt([]string{placeFacts, id}, plain); err != nil {
		return err
	}
	_, err = q.Exec(ctx, `UPDATE licensing_letter SET facts = $2, mac = $3 WHERE id = $1`, id, l.Facts, s.keys.RowMAC(l.parts()...))
	return err
}
