package citydata

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"

	"huyun.internal/simulators/control"
)

// about is what a register answers a question with.
func (s *System) about(service string, q *question) (data any, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if service == "company" {
		c, ok := s.company(q.Company)
		return map[string]string{"name": c.Name, "status": c.Status}, ok, nil
	}
	raw, err := base64.StdEncoding.DecodeString(q.Subject)
	if err != nil {
		return nil, false, err
	}
	id, err := s.Key.Decrypt(raw)
	if err != nil {
		return nil, false, err
	}
	p := s.person(strings.TrimRight(string(id), " "))
	if p == nil || slices.Contains(p.Unknown, service) {
		return nil, false, nil
	}
	data = p.part(service, q)
	return data, data != nil, nil
}

func (s *System) company(asked string) (Company, bool) {
	for _, c := range s.known.Companies {
		if asked == c.Code || asked == c.Name {
			return c, true
		}
	}
	// whoever else is asked about is in force, where everybody else is known
	return Company{Name: "（模拟）" + asked, Status: "IN_FORCE"}, s.known.Otherwise != nil
}

// person is what is known of somebody, with everybody else's facts where nothing
// else was said.
func (s *System) person(id string) *Person {
	own, rest := s.known.People[id], s.known.Otherwise
	switch {
	case own == nil:
		return rest
	case rest == nil:
		return own
	}
	out := *own
	out.Driving, out.Traffic = cmp.Or(own.Driving, rest.Driving), cmp.Or(own.Traffic, rest.Traffic)
	out.Residence, out.Penalty = cmp.Or(own.Residence, rest.Residence), cmp.Or(own.Penalty, rest.Penalty)
	out.Level = cmp.Or(own.Level, rest.Level)
	if own.Background == nil {
		out.Background = rest.Background
	}
	return &out
}

// part is what one register says; nil: nothing.
func (p *Person) part(service string, q *question) any {
	switch {
	case service == "driving" && p.Driving != nil:
		return p.Driving
	case service == "traffic" && p.Traffic != nil:
		t := *p.Traffic
		t.Accidents = slices.DeleteFunc(slices.Clone(t.Accidents), func(a Accident) bool { return a.Date < q.AccidentsSince })
		if t.Accidents == nil {
			t.Accidents = []Accident{}
		}
		t.Points = append([]int{}, t.Points[:min(q.Cycles, len(t.Points))]...)
		return t
	case service == "background" && p.Background != nil:
		kinds := map[string]string{}
		for _, k := range q.Kinds {
			kinds[k] = cmp.Or(p.Background[k], "NO")
		}
		return map[string]any{"kinds": kinds}
	case service == "residence" && p.Residence != nil:
		return p.Residence
	case service == "education" && p.Level != 0:
		return map[string]int{"level": p.Level}
	case service == "penalty" && p.Penalty != nil:
		return Penalty{p.Penalty.Unsettled, append([]string{}, p.Penalty.Orgs...)}
	}
	return nil
}

// Clean is somebody against whom nothing is known, who may drive anything.
func Clean() *Person {
	return &Person{
		Driving:    &Driving{Class: "A1A2", FirstDate: "2008-05-06", ValidTo: "2032-05-06", Status: "NORMAL"},
		Traffic:    &Traffic{Accidents: []Accident{}, Points: []int{0, 3, 0}},
		Background: map[string]string{}, Residence: &Residence{Local: true}, Level: 60, Penalty: &Penalty{},
	}
}

// Set says what the registers know of somebody from now on.
func (s *System) Set(p Person) error {
	if len(p.IDNo) != 18 {
		return errors.New("id_no: 18 characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := p.IDNo
	p.IDNo = ""
	s.known.People[id] = &p
	return s.save()
}

// Otherwise says what they know of everybody else; nil: nobody of the number.
func (s *System) Otherwise(p *Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known.Otherwise = p
	return s.save()
}

// AddCompany adds or changes a company.
func (s *System) AddCompany(c Company) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known.Companies = append(slices.DeleteFunc(s.known.Companies, func(o Company) bool { return o.Name == c.Name }), c)
	return s.save()
}

// Order makes the platform behave so from now on.
func (s *System) Order(o Orders) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = o
}

// Status is what the control interface shows: how many people, never who.
type Status struct {
	Simulated bool      `json:"simulated"`
	Orders    Orders    `json:"orders"`
	People    int       `json:"people"`
	Others    bool      `json:"others_known"`
	Companies []Company `json:"companies"`
	Asked     []Asked   `json:"asked"`
}

// Status is the platform as it is.
func (s *System) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{
		Simulated: true, Orders: s.orders, People: len(s.known.People), Others: s.known.Otherwise != nil, Companies: append([]Company{}, s.known.Companies...),
		Asked: make([]Asked, len(s.log)),
	}
	for i, a := range s.log {
		out.Asked[i] = *a
	}
	return out
}

// Register adds the platform's interface and the controls.
func (s *System) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /citydata/share/v1/{service}", s.serve)
	mux.HandleFunc("GET /citydata/_control", func(w http.ResponseWriter, _ *http.Request) { control.Answer(w, s.Status(), nil) })
	put(mux, "PUT /citydata/_control/orders", s, func(o Orders) error {
		s.Order(o)
		return nil
	})
	put(mux, "PUT /citydata/people", s, s.Set)
	put(mux, "PUT /citydata/companies", s, s.AddCompany)
	put(mux, "PUT /citydata/otherwise", s, s.Otherwise)
}

// put adds an order that takes a T.
func put[T any](mux *http.ServeMux, pattern string, s *System, do func(T) error) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var in T
		err := control.Read(r, &in)
		if err == nil {
			err = do(in)
		}
		control.Answer(w, s.Status(), err)
	})
}
