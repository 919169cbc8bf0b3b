package practitioner

import (
	"context"
	"slices"
	"sort"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// EndCause is why a certificate ought to be cancelled though nobody asked for it:
// chapters 1.5 and 13.4 of the domain reference, 行政许可法 §70.
type EndCause string

// What our own records tell.
const (
	EndLapsed  EndCause = "LAPSED"  // not renewed within 180 days of its end
	EndAge     EndCause = "AGE"     // over the age limit, and not hired again
	EndDriving EndCause = "DRIVING" // the driving licence is cancelled or revoked
	EndRevoked EndCause = "REVOKED" // revoked by a decision
)

// Endings are the causes by certificate, of all certificates that have one. drives
// says which categories need a driving licence. One whose row was edited is left to
// whoever opens it. It checks no right.
func (s *Service) Endings(ctx context.Context, q db.Q, drives func(category string) bool) (map[string][]EndCause, error) {
	table, err := s.AgeLimits(ctx, q)
	if err != nil {
		return nil, err
	}
	today := s.today()
	var prefixes, sexes []string
	var born []clock.Date
	for _, r := range table {
		for _, sex := range []string{"1", "2"} {
			prefixes, sexes, born = append(prefixes, r.Category), append(sexes, sex), append(born, r.oldest(sex, today))
		}
	}
	ids, err := db.All[struct{ ID string }](ctx, q, endingsSQL, today.Add(-lateDays), prefixes, sexes, born)
	if err != nil {
		return nil, err
	}
	out := map[string][]EndCause{}
	for _, id := range ids {
		l, err := s.Licence(ctx, q, id.ID)
		var causes []EndCause
		if err == nil {
			causes, err = s.ending(ctx, q, &l, table, drives)
		}
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		if err == nil && len(causes) > 0 {
			out[id.ID] = causes
		}
	}
	return out, nil
}

// Ending are the causes of one certificate, from rows whose MACs were checked. It
// checks no right. Faults: practitioner.licence.tampered, practitioner.fact.tampered,
// practitioner.rehire.tampered.
func (s *Service) Ending(ctx context.Context, q db.Q, l *Licence, drives func(category string) bool) ([]EndCause, error) {
	table, err := s.AgeLimits(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.ending(ctx, q, l, table, drives)
}

func (s *Service) ending(ctx context.Context, q db.Q, l *Licence, table []AgeRule, drives func(category string) bool) ([]EndCause, error) {
	if l.State == Revoked {
		return []EndCause{EndRevoked}, nil
	}
	if l.State != InForce && l.State != Expired {
		return nil, nil
	}
	var out []EndCause
	today := s.today()
	if RenewalWindow(l.ValidTo, today, 0) == Lapsed {
		out = append(out, EndLapsed)
	}
	p, err := s.Get(ctx, q, l.Person)
	if err != nil {
		return nil, err
	}
	old := !slices.ContainsFunc(l.Categories, func(c Category) bool {
		r, found := AgeRuleOf(table, c.Code, today)
		return !found || !r.over(p.Birth, p.Sex, today)
	})
	if old {
		_, hired, err := s.ActiveRehire(ctx, q, p.ID, today)
		if err != nil {
			return nil, err
		}
		if !hired {
			out = append(out, EndAge)
		}
	}
	if !slices.ContainsFunc(l.codes(), drives) {
		return out, nil
	}
	d, found, err := s.Driving(ctx, q, p.ID)
	if err == nil && found && (strings.Contains(d.Status, "注销") || strings.Contains(d.Status, "吊销")) {
		out = append(out, EndDriving)
	}
	return out, err
}

// over says that somebody is too old under the rule; where the table does not say,
// nobody is.
func (r AgeRule) over(birth clock.Date, sex string, on clock.Date) bool {
	ends := r.Ends(birth, sex)
	return !birth.IsZero() && !ends.IsZero() && !on.Before(ends)
}

// oldest is the latest day of birth of somebody who is too old on a day.
func (r AgeRule) oldest(sex string, on clock.Date) clock.Date {
	from := addYears(on, -100)
	days := sort.Search(int(on.Start().Sub(from.Start()).Hours()/24), func(n int) bool { return !r.over(from.Add(n), sex, on) })
	return from.Add(days - 1)
}

// endingsSQL finds those that may have a cause; ending says whether. A licence that
// somebody no longer has may have been replaced by a newer one since.
const endingsSQL = `SELECT id FROM practitioner_licence WHERE state = '05'
	UNION SELECT id FROM practitioner_licence WHERE state IN ('10', '02') AND valid_to < $1
	UNION SELECT c.licence AS id FROM practitioner p JOIN practitioner_category c ON c.person = p.id
		JOIN unnest($2::text[], $3::text[], $4::date[]) AS r (prefix, sex, born)
			ON starts_with(c.category, r.prefix) AND (r.sex = '2') = (p.sex = '2') AND p.birth <= r.born
		WHERE c.state IN ('10', '02')
	UNION SELECT l.id FROM practitioner_driving d JOIN practitioner_licence l ON l.person = d.person
		WHERE l.state IN ('10', '02') AND (d.status LIKE '%注销%' OR d.status LIKE '%吊销%') ORDER BY id`
