package application

import (
	"context"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// inTime is how many days before its end a renewal has to be asked for, so that the
// agency has to decide before the end (行政许可法 §50; chapter 1.5).
const inTime = 30

// renewalEnds is the last day of the certificate that an accepted renewal is about,
// when it was asked for in time; zero otherwise.
func (s *Service) renewalEnds(ctx context.Context, w *work) (clock.Date, error) {
	if w.Action != licensing.Renew || w.event != licensing.Accept && w.event != licensing.DeemAccepted {
		return clock.Date{}, nil
	}
	f, err := s.known(ctx, w)
	if err != nil {
		return clock.Date{}, err
	}
	l, ok := f.held()
	var ends clock.Date // of what is renewed, the first
	for _, code := range w.Categories {
		c, there := l.Category(code)
		if !ok || !there || c.ValidTo.IsZero() {
			return clock.Date{}, nil
		}
		if ends.IsZero() || c.ValidTo.Before(ends) {
			ends = c.ValidTo
		}
	}
	if ends.IsZero() || ends.Add(-inTime).Before(w.AppliedOn) {
		return clock.Date{}, nil
	}
	return ends, nil
}

// heldGranted says that the law holds a renewal to be granted (§50). Of a certificate
// that was revoked, cancelled or has gone there is nothing to renew: such a case is
// decided like any other, and does not stand for ever.
func (s *Service) heldGranted(ctx context.Context, q db.Q, c *Case, k clocks) (bool, error) {
	if !k.deemed(s.today()) || c.Revoked {
		return false, nil
	}
	p, err := s.applicant(ctx, q, c)
	return slices.ContainsFunc(p.Licences, func(l practitioner.Licence) bool {
		return (c.Licence == "" || l.ID == c.Licence) && (l.State == practitioner.InForce || l.State == practitioner.Expired)
	}), err
}
