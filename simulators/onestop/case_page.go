package onestop

import (
	"net/http"
	"slices"
	"time"

	_ "embed" // the style sheet

	"huyun.internal/protocol/clock"
)

//go:embed pages/style.css
var style []byte

// step is a line of a case's course.
type step struct {
	Name, At, Who, Text string
	Due                 string
	Defects             []defect
}

// casePage is a case as its applicant sees it.
type casePage struct {
	line
	Steps   []step
	Open    *correctionBody // what has to be handed in, while it is wanted
	Back    bool            // it was sent back before acceptance
	CanBack bool            // it can still be taken back, as far as the platform knows
	Draft   bool
}

// ended are nodes after which nothing can be taken back.
var ended = []string{"03", "08", "09", "10", "11", "12", "13"}

func pageOf(c Case) casePage {
	p := casePage{line: lineOf(c), Draft: c.Draft == 1 && !c.Submitted}
	for _, m := range c.Messages {
		switch m.Endpoint {
		case "case/status":
			b := as[statusBody](m)
			p.Steps = append(p.Steps, step{Name: b.NodeName, At: b.OpTime, Who: b.Operator, Text: b.Opinion})
			if b.Node != "04" {
				p.Open = nil
			}
			p.Back = b.Node == "14"
		case "case/correction":
			b := as[correctionBody](m)
			p.Steps = append(p.Steps, step{Name: "补正告知", At: b.OpTime, Due: b.DueTime, Defects: b.Defects})
			p.Open = &b
		case "case/result":
			b := as[resultData](m)
			p.Steps = append(p.Steps, step{Name: "办理结果：" + b.Result, At: b.FinishTime, Who: b.SldwName, Text: b.Suggestion})
		case "case/document":
			p.Steps = append(p.Steps, step{Name: "文书送达", At: m.At.Format(time.RFC3339), Text: m.Documents[0].FileName})
		}
	}
	slices.Reverse(p.Steps)
	p.CanBack = p.Submitted && !slices.Contains(ended, p.Status.Node)
	return p
}

func (s *System) showCase(w http.ResponseWriter, status int, u *Listed, c Case, notice string, bad bool) {
	s.render(w, status, "case.html", view{Title: c.ItemName, User: u, Notice: notice, Bad: bad, Body: pageOf(c)})
}

// bookingPage is the form and what was booked.
type bookingPage struct {
	Groups          []group
	Places, Periods []string
	First, Last     string // days
	Wanted          Booking
	Mine            []Booking
}

// aheadDays is how far ahead the form reaches.
const aheadDays = 30

func (s *System) showBooking(w http.ResponseWriter, status int, l List, u *Listed, wanted Booking, notice string, bad bool) {
	mine := s.bookingsOf(u.UserID)
	slices.Reverse(mine)
	today := clock.DateOf(s.Now())
	s.render(w, status, "booking.html", view{Title: "预约到窗口", User: u, Notice: notice, Bad: bad, Body: bookingPage{
		Groups: groups(l, func(m Matter) bool { return m.Visit }), Places: l.Places, Periods: l.Periods, Wanted: wanted, Mine: mine,
		First: today.String(), Last: today.Add(aheadDays).String(),
	}})
}

func (s *System) booking(w http.ResponseWriter, _ *http.Request, l List, u *Listed) {
	s.showBooking(w, http.StatusOK, l, u, Booking{Date: clock.DateOf(s.Now()).Add(1).String()}, "", false)
}

func (s *System) bookVisit(w http.ResponseWriter, r *http.Request, l List, u *Listed) {
	b, err := s.Book(r.Context(), u.UserID, Booking{
		ItemCode: r.FormValue("item"), Date: r.FormValue("date"), Period: r.FormValue("period"), Place: r.FormValue("place"),
	})
	switch {
	case err != nil:
		s.showBooking(w, http.StatusBadGateway, l, u, b, err.Error(), true)
	case b.State == "WAITING":
		s.showBooking(w, http.StatusOK, l, u, b, b.Reason, true)
	case b.State == "BOOKED":
		s.showBooking(w, http.StatusOK, l, u, b, "预约成功，预约号 "+b.Number, false)
	default:
		s.showBooking(w, http.StatusOK, l, u, b, "没有约上："+b.Reason, true)
	}
}

func (s *System) cancelVisit(w http.ResponseWriter, r *http.Request, l List, u *Listed) {
	b, err := s.Unbook(r.Context(), u.UserID, r.PathValue("appointNo"))
	switch {
	case err != nil:
		s.showBooking(w, http.StatusBadGateway, l, u, Booking{}, err.Error(), true)
	case b.State == "CANCELLED":
		s.showBooking(w, http.StatusOK, l, u, Booking{}, "预约已取消", false)
	default:
		s.showBooking(w, http.StatusOK, l, u, Booking{}, "没有取消："+b.Reason, true)
	}
}
