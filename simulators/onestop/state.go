package onestop

import (
	"encoding/json"
	"slices"
	"time"
)

// event is a line of the journal; one of the pointers is set.
type event struct {
	At      time.Time `json:"at"`
	Numbers *numbers  `json:"numbers,omitempty"`
	Apply   *apply    `json:"apply,omitempty"`
	Stuff   *stuff    `json:"stuff,omitempty"`
	Submit  *submit   `json:"submit,omitempty"`
	Message *Message  `json:"message,omitempty"`
	Called  *Called   `json:"called,omitempty"`
	Booking *Booking  `json:"booking,omitempty"`
	Notice  *Notice   `json:"notice,omitempty"`
}

// numbers: serials up to Last are given away.
type numbers struct {
	Head string `json:"head"`
	Last int    `json:"last"`
}

type apply struct {
	ApplyNo    string `json:"applyNo"`
	ItemCode   string `json:"itemCode"`
	ItemName   string `json:"itemName"`
	UserID     string `json:"userId"`
	Source     string `json:"source"`
	TargetType string `json:"targetType"`
	TargetName string `json:"targetName"`
	TargetNo   string `json:"targetNo"`
	Draft      int    `json:"draft"`
}

type stuff struct {
	ApplyNo   string `json:"applyNo"`
	StuffID   string `json:"stuffId"`
	StuffCode string `json:"stuffCode"`
	StuffName string `json:"stuffName"`
	StuffType int    `json:"stuffType"`
	SM3       string `json:"sm3"`
	Size      int64  `json:"size"`
}

type submit struct {
	ApplyNo      string   `json:"applyNo"`
	SubItemCodes []string `json:"subItemCodes"`
}

// Message is one of the numbered messages of a case, as it was taken; the bytes of
// documents lie beside.
type Message struct {
	ApplyNo   string          `json:"applyNo"`
	Seq       int             `json:"seq"`
	Endpoint  string          `json:"endpoint"`
	Digest    string          `json:"digest"`
	Receipt   string          `json:"receipt"`
	At        time.Time       `json:"at"`
	Body      json.RawMessage `json:"body"`
	Documents []Document      `json:"documents,omitempty"`
}

// Document was delivered with a message.
type Document struct {
	DocumentType string    `json:"documentType"`
	Number       string    `json:"number"`
	FileName     string    `json:"fileName"`
	SM3          string    `json:"sm3"`
	Sealed       bool      `json:"sealed"`
	At           time.Time `json:"at"`
}

// Called is a callback with what the centre said.
type Called struct {
	ApplyNo  string    `json:"applyNo"`
	Callback string    `json:"callback"`
	Number   string    `json:"number"`
	Reason   string    `json:"reason"`
	Allowed  bool      `json:"allowed"`
	Answer   string    `json:"answer"` // the centre's reason, or that it could not be reached
	At       time.Time `json:"at"`
}

// Booking is a visit that somebody booked.
type Booking struct {
	AppointNo string    `json:"appointNo"`
	UserID    string    `json:"userId"`
	ItemCode  string    `json:"itemCode"`
	ItemName  string    `json:"itemName"`
	Date      string    `json:"date"`
	Period    string    `json:"period"`
	Place     string    `json:"place"`
	State     string    `json:"state"` // BOOKED, REFUSED, CANCELLED, WAITING
	Number    string    `json:"number"`
	Reason    string    `json:"reason"`
	Action    string    `json:"action"`     // BOOK or CANCEL, the last
	Call      string    `json:"callbackNo"` // of the callback that said so
	At        time.Time `json:"at"`
}

// Case is an application as the platform knows it.
type Case struct {
	apply
	Stuff     []stuff    `json:"stuff"`
	Submitted bool       `json:"submitted"`
	SubItems  []string   `json:"subItemCodes"`
	Messages  []Message  `json:"messages"`
	Documents []Document `json:"documents"`
	Calls     []Called   `json:"calls"`
	At        time.Time  `json:"at"`
}

type state struct {
	last     map[string]int // by head of a number
	cases    map[string]*Case
	order    []string // applyNos as they came
	bookings []*Booking
	notices  []Notice
}

func newState() state {
	return state{last: map[string]int{}, cases: map[string]*Case{}}
}

// apply is the only place where the state changes. An event of the journal was
// checked when it came.
func (s *state) apply(e event) {
	switch {
	case e.Numbers != nil:
		s.last[e.Numbers.Head] = e.Numbers.Last
	case e.Apply != nil:
		c := s.cases[e.Apply.ApplyNo]
		if c == nil {
			c = &Case{At: e.At}
			s.cases[e.Apply.ApplyNo] = c
			s.order = append(s.order, e.Apply.ApplyNo)
		}
		c.apply = *e.Apply
	case e.Stuff != nil:
		s.cases[e.Stuff.ApplyNo].put(*e.Stuff)
	case e.Submit != nil:
		c := s.cases[e.Submit.ApplyNo]
		c.Submitted, c.SubItems, c.Draft = true, e.Submit.SubItemCodes, 0
	case e.Message != nil:
		c := s.cases[e.Message.ApplyNo]
		c.Messages = append(c.Messages, *e.Message)
		c.Documents = append(c.Documents, e.Message.Documents...)
	case e.Called != nil:
		s.cases[e.Called.ApplyNo].called(*e.Called)
	case e.Notice != nil:
		s.notices = append(s.notices, *e.Notice)
	case e.Booking != nil:
		s.book(*e.Booking)
	}
}

func (c *Case) put(in stuff) {
	for i := range c.Stuff {
		if c.Stuff[i].StuffID == in.StuffID {
			c.Stuff[i] = in
			return
		}
	}
	c.Stuff = append(c.Stuff, in)
}

func (s *state) book(b Booking) {
	for _, old := range s.bookings {
		if old.AppointNo == b.AppointNo {
			*old = b
			return
		}
	}
	s.bookings = append(s.bookings, &b)
}

// called adds a callback, or what was answered to it later.
func (c *Case) called(in Called) {
	next := slices.Clone(c.Calls) // whoever reads has the old one
	i := slices.IndexFunc(next, func(old Called) bool { return old.Number == in.Number })
	if i < 0 {
		c.Calls = append(next, in)
		return
	}
	next[i] = in
	c.Calls = next
}

// seq is the number of the newest message.
func (c *Case) seq() int { return len(c.Messages) }
