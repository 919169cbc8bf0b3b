package app

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"huyun.internal/cloud/licensing/application"
)

// alarms tells operators that the law has run ahead of the office: a period for a
// decision has run out (C3), or a renewal is granted because nobody decided it (C7).
type alarms struct {
	log    *slog.Logger
	cases  *prometheus.GaugeVec
	warned map[application.Alarm]int
}

func newAlarms(log *slog.Logger, reg *prometheus.Registry) *alarms {
	a := &alarms{log: log, warned: map[application.Alarm]int{}, cases: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "huyun_licensing_alarm_cases", Help: "Cases by what of the law's periods has run out or does so next.",
	}, []string{"alarm"})}
	reg.MustRegister(a.cases)
	return a
}

// tell keeps the numbers, and warns of what nobody has decided in time: once when it
// is so, and whenever there is more of it, not every minute.
func (a *alarms) tell(ctx context.Context, list []application.Alarming) {
	for _, one := range list {
		a.cases.WithLabelValues(string(one.Alarm)).Set(float64(one.Cases))
		n, text := 0, ""
		switch one.Alarm {
		case application.Deeming:
			n, text = one.Past, "renewals are deemed granted: nobody decided before the certificates ended (C7)"
		case application.Overdue:
			n, text = one.Cases, "cases are past the law's period for their decision (C3)"
		case application.Unanswered, application.Answering: // on the console's first page
		}
		if n > a.warned[one.Alarm] {
			a.log.WarnContext(ctx, text, "cases", n, "before", a.warned[one.Alarm])
		}
		a.warned[one.Alarm] = n
	}
}

// deadlines moves every case whose day has passed and tells of those that wait for a
// decision.
func (s *System) deadlines(a *alarms) func(context.Context) error {
	return func(ctx context.Context) error {
		failed := s.expireCases(ctx) // of one case: the others' alarms are told all the same
		list, err := s.Case.Alarming(ctx)
		if err != nil {
			return err
		}
		a.tell(ctx, list)
		return failed
	}
}
