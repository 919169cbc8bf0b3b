package control

import (
	"encoding/json"
	"net/http"
)

// Status is what the control interface shows.
type Status struct {
	Simulated bool   `json:"simulated"`
	Orders    Orders `json:"orders"`
	Held      int    `json:"held"`
	Waiting   int    `json:"waiting"`
	Next      int64  `json:"next"`
	Sent      []Sent `json:"sent"`
}

// Register adds the control interface of a system under its name: GET shows,
// PUT orders makes it misbehave from now on, release and resend push.
func (l *Line) Register(mux *http.ServeMux, name string) {
	at := "/" + name + "/_control"
	mux.HandleFunc("GET "+at, func(w http.ResponseWriter, _ *http.Request) { Answer(w, l.Status(), nil) })
	mux.HandleFunc("PUT "+at+"/orders", func(w http.ResponseWriter, r *http.Request) {
		var o Orders
		err := Read(r, &o)
		if err == nil {
			l.Order(o)
		}
		Answer(w, l.Status(), err)
	})
	mux.HandleFunc("POST "+at+"/release", func(w http.ResponseWriter, r *http.Request) {
		out, err := l.Release(r.Context())
		Answer(w, out, err)
	})
	mux.HandleFunc("POST "+at+"/resend", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Number string `json:"number"`
		}
		err := Read(r, &in)
		var out []Sent
		if err == nil {
			out, err = l.Resend(r.Context(), in.Number)
		}
		Answer(w, out, err)
	})
}

// Order makes the line behave so from now on.
func (l *Line) Order(o Orders) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders = o
}

// Status is the line as it is.
func (l *Line) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Status{Simulated: true, Orders: l.orders, Held: len(l.held), Waiting: len(l.state.Waiting), Next: l.state.Next, Sent: append([]Sent{}, l.sent...)}
}

// Read reads a JSON body strictly.
func Read(r *http.Request, v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 8<<20))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// Answer writes a result, or what went wrong.
func Answer(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Simulated", "1")
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		v = map[string]any{"simulated": true, "error": err.Error(), "result": v}
	}
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}
