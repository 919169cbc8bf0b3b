package onestop

import (
	"net/http"
	"strings"
	"time"

	"huyun.internal/simulators/control"
)

// Orders say how the platform misbehaves; the zero value is a good one. The counted
// ones strike the next so many requests each, in this order, −1: all until further
// orders.
type Orders struct {
	Endpoint   string `json:"endpoint"`    // beginning of what is struck, such as case/; empty: everything
	Outage     bool   `json:"outage"`      // 503 for everything, people's pages too
	DelayMS    int    `json:"delay_ms"`    // wait before each answer
	Fail       int    `json:"fail"`        // 500
	Busy       int    `json:"busy"`        // 429
	DropBefore int    `json:"drop_before"` // the connection ends, nothing was taken in
	DropAfter  int    `json:"drop_after"`  // taken in, and the answer is lost
	Refuse     int    `json:"refuse"`      // refused for good
	RefuseCode string `json:"refuse_code"` // with this code; empty: SIMULATED
}

// struck is what happens to one request.
type struck struct {
	DelayMS               int
	Status                int
	DropBefore, DropAfter bool
	Refuse                string
}

func (o struck) name() string {
	switch {
	case o.Status == http.StatusServiceUnavailable:
		return "outage"
	case o.Status == http.StatusTooManyRequests:
		return "busy"
	case o.Status != 0:
		return "fail"
	case o.DropBefore:
		return "drop_before"
	case o.DropAfter:
		return "drop_after"
	case o.Refuse != "":
		return "refuse"
	}
	return ""
}

func (o struck) refusal() error {
	if o.Refuse == "" {
		return nil
	}
	return refuse(o.Refuse, "模拟：平台不接收")
}

// strike decides what happens to the next request of an endpoint.
func (s *System) strike(endpoint string) struck {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &s.orders
	out := struck{DelayMS: o.DelayMS}
	if o.Outage {
		out.Status = http.StatusServiceUnavailable
		return out
	}
	if !strings.HasPrefix(endpoint, o.Endpoint) {
		return struck{}
	}
	spend := func(n *int) bool {
		if *n > 0 {
			*n--
			return true
		}
		return *n < 0
	}
	switch {
	case spend(&o.Fail):
		out.Status = http.StatusInternalServerError
	case spend(&o.Busy):
		out.Status = http.StatusTooManyRequests
	case spend(&o.DropBefore):
		out.DropBefore = true
	case spend(&o.DropAfter):
		out.DropAfter = true
	case spend(&o.Refuse):
		out.Refuse = o.RefuseCode
		if out.Refuse == "" {
			out.Refuse = "SIMULATED"
		}
	}
	return out
}

func (s *System) down() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders.Outage
}

// Received is one request and what became of it.
type Received struct {
	At       time.Time `json:"at"`
	Endpoint string    `json:"endpoint"`
	ApplyNo  string    `json:"applyNo"`
	Seq      int       `json:"seq"`
	Size     int       `json:"size"`
	Fault    string    `json:"fault"`   // the order that struck it
	Outcome  string    `json:"outcome"` // OK, REPEATED, or the code of a refusal; empty: not taken in
}

// most is how much of the past is shown.
const most = 5000

func (s *System) note(r Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, r)
	s.log = s.log[max(0, len(s.log)-most):]
}

// Status is what the control interface shows.
type Status struct {
	Simulated bool       `json:"simulated"`
	Orders    Orders     `json:"orders"`
	Cases     int        `json:"cases"`
	Messages  int        `json:"messages"`
	Bookings  []Booking  `json:"bookings"`
	Received  []Received `json:"received"`
}

// Order makes it behave so from now on.
func (s *System) Order(o Orders) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = o
}

// Status is the platform as it is.
func (s *System) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Simulated: true, Orders: s.orders, Cases: len(s.state.cases), Bookings: []Booking{}, Received: append([]Received{}, s.log...)}
	for _, c := range s.state.cases {
		out.Messages += len(c.Messages)
	}
	for _, b := range s.state.bookings {
		out.Bookings = append(out.Bookings, *b)
	}
	return out
}

// Case is a case as the platform knows it.
func (s *System) Case(applyNo string) (Case, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state.cases[applyNo]
	if c == nil {
		return Case{}, false
	}
	return c.copy(), true
}

// copy can be read without the lock: what it points at is only ever added to.
func (c *Case) copy() Case {
	out := *c
	out.Stuff = append([]stuff{}, c.Stuff...)
	out.Messages, out.Documents, out.Calls = c.Messages[:len(c.Messages):len(c.Messages)], c.Documents[:len(c.Documents):len(c.Documents)], c.Calls[:len(c.Calls):len(c.Calls)]
	return out
}

// control adds the interface of whoever tests or shows it; the line has one of its
// own, which misbehaves in callbacks.
func (s *System) control(mux *http.ServeMux) {
	const at = "/onestop/_control"
	mux.HandleFunc("GET "+at, func(w http.ResponseWriter, _ *http.Request) { control.Answer(w, s.Status(), nil) })
	mux.HandleFunc("PUT "+at+"/orders", func(w http.ResponseWriter, r *http.Request) {
		var o Orders
		err := control.Read(r, &o)
		if err == nil {
			s.Order(o)
		}
		control.Answer(w, s.Status(), err)
	})
	mux.HandleFunc("GET "+at+"/cases/{applyNo}", func(w http.ResponseWriter, r *http.Request) {
		c, ok := s.Case(r.PathValue("applyNo"))
		if !ok {
			http.Error(w, "no such case", http.StatusNotFound)
			return
		}
		control.Answer(w, c, nil)
	})
	mux.HandleFunc("POST "+at+"/tokens", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			UserID string `json:"userId"`
		}
		err := control.Read(r, &in)
		var out map[string]string
		if err == nil {
			out = map[string]string{"tokenSNO": s.Token(in.UserID)}
		}
		control.Answer(w, out, err)
	})
	s.controlCalls(mux, at)
	s.Line.Register(mux, "onestop/line")
}
