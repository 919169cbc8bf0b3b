package application

import (
	"context"
	"slices"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Sitting is when and where a hearing is held.
type Sitting struct {
	Day   clock.Date `json:"day"`
	Time  string     `json:"time" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"时:分，24 小时制，如 09:30" doc:"时:分，24 小时制"`
	Place string     `json:"place" minLength:"2" maxLength:"80"`
}

// A hearing begins in office hours: the applicant has to be able to come.
const opens, closes = "08:00", "18:00"

// fixHearing says day, time and place; also anew. Faults: licensing.case.hearing.sitting,
// .day, .time.
func fixHearing(ctx context.Context, s *Service, w *work) error {
	h, o := w.hearing, w.order.Hearing
	if o == nil || o.Day.IsZero() || o.Time == "" || strings.TrimSpace(o.Place) == "" {
		return fault.New(fault.Invalid, "licensing.case.hearing.sitting", "请填写举行听证的日期、时间和地点")
	}
	if !slices.Contains(h.Days, o.Day) {
		return fault.Newf(fault.Invalid, "licensing.case.hearing.day", "听证不能定在 %s：%s；请另选日期", o.Day, h.days())
	}
	if o.Time < opens || o.Time >= closes {
		return fault.Newf(fault.Invalid, "licensing.case.hearing.time", "听证不能定在 %s：应当在办公时间（%s 至 %s）内开始；请另选时间", o.Time, opens, closes)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", o.Day.String()+" "+o.Time, clock.Shanghai())
	if err != nil {
		return fault.New(fault.Invalid, "licensing.case.hearing.sitting", "听证的时间不正确，请按“时:分”填写").With(err)
	}
	at = at.UTC()
	h.At, h.Place = &at, strings.TrimSpace(o.Place)
	w.order.Text = "听证定于 " + h.when() + "举行"
	return s.keepHearing(ctx, w)
}
