// Package citydata stands for the city's data-sharing platform and the registers
// behind it. It is written from cloud/external/citydata/README.md, not from our
// code. Everything it says is made up, and every source it names says 模拟.
package citydata

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/control"
)

// Person is what the registers know of somebody. What is missing is taken from
// everybody else's (Otherwise); Unknown names registers that know nobody of the
// number.
type Person struct {
	IDNo       string            `json:"id_no,omitempty"`
	Driving    *Driving          `json:"driving,omitempty"`
	Traffic    *Traffic          `json:"traffic,omitempty"`
	Background map[string]string `json:"background"` // kinds that are not NO; null: as everybody else
	Residence  *Residence        `json:"residence,omitempty"`
	Level      int               `json:"level,omitempty"`
	Penalty    *Penalty          `json:"penalty,omitempty"`
	Unknown    []string          `json:"unknown,omitempty"`
}

// Driving is a driving licence as it is answered.
type Driving struct {
	Class     string `json:"class"`
	FirstDate string `json:"firstDate"`
	ValidTo   string `json:"validTo"`
	Status    string `json:"status"`
}

// Traffic is a record as it is answered.
type Traffic struct {
	Accidents []Accident `json:"accidents"`
	Offences  int        `json:"offences"`
	Unhandled int        `json:"unhandled"`
	Points    []int      `json:"points"`
}

// Accident is one of a record.
type Accident struct {
	Date  string `json:"date"`
	Grade string `json:"grade"`
	Duty  string `json:"duty"`
}

// Residence is where somebody is registered.
type Residence struct {
	Local    bool   `json:"local"`
	PermitTo string `json:"permitTo"`
}

// Penalty are penalties that have not been settled.
type Penalty struct {
	Unsettled int      `json:"unsettled"`
	Orgs      []string `json:"orgs"`
}

// Company is one that the register knows, by code or name.
type Company struct {
	Code   string `json:"code,omitempty"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// Orders say how the platform misbehaves from now on; the zero value is a good one.
type Orders struct {
	Service string `json:"service"`   // only this one; empty: all
	Outage  bool   `json:"outage"`    // 503
	Fail    int    `json:"fail"`      // this status, with Code
	Code    string `json:"code"`      // for example PURPOSE_REFUSED
	DelayMS int    `json:"delay_ms"`  // before answering
	Drop    bool   `json:"drop"`      // take the question and break off
	Corrupt bool   `json:"corrupt"`   // a wrong signature
	Twist   string `json:"add_field"` // a field that was not agreed upon
}

// Asked is a line of the platform's log: who was asked about stands in none.
type Asked struct {
	At      time.Time `json:"at"`
	Service string    `json:"service"`
	QueryNo string    `json:"query_no"`
	CaseNo  string    `json:"case_no"`
	Purpose string    `json:"purpose"`
	Tries   int       `json:"tries"`
	Status  int       `json:"status"` // of the last try
}

// known survives a restart.
type known struct {
	Otherwise *Person            `json:"otherwise"`
	People    map[string]*Person `json:"people"`
	Companies []Company          `json:"companies"`
}

// System is the simulator; Line gives it the centre's address and key.
type System struct {
	*control.Line

	Key  sm.Keeper
	File string // where what it knows is kept; empty: nowhere

	mu     sync.Mutex
	orders Orders
	known  known
	log    []*Asked
	centre *sm.PublicKey
}

// skew is how far the centre's clock may be off; most how much of the log is kept.
const (
	skew = 5 * time.Minute
	most = 2000
)

// Load reads what an earlier run knew.
func (s *System) Load() error {
	s.known.People = map[string]*Person{}
	raw, err := os.ReadFile(s.File)
	if errors.Is(err, os.ErrNotExist) || s.File == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, &s.known)
}

func (s *System) save() error {
	if s.File == "" {
		return nil
	}
	raw, err := json.Marshal(s.known)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.File+".new", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(s.File+".new", filepath.Clean(s.File))
}

// question is one of the agreement.
type question struct {
	QueryNo        string   `json:"queryNo"`
	Purpose        string   `json:"purpose"`
	CaseNo         string   `json:"caseNo"`
	Matter         string   `json:"matter"`
	Subject        string   `json:"subject"`
	AccidentsSince string   `json:"accidentsSince"`
	OffencesSince  string   `json:"offencesSince"`
	Cycles         int      `json:"cycles"`
	Kinds          []string `json:"kinds"`
	Company        string   `json:"company"`
}

// genuine checks the signature of a request with the centre's key, which it
// fetches when it has none, or another one.
func (s *System) genuine(r *http.Request, body []byte) bool {
	at := r.Header.Get("X-Huyun-Time")
	when, err := time.Parse(time.RFC3339, at)
	sig, err2 := base64.StdEncoding.DecodeString(r.Header.Get("X-Huyun-Signature"))
	if err != nil || err2 != nil || s.now().Sub(when).Abs() > skew || r.Header.Get("X-Huyun-Sender") != "huyun" {
		return false
	}
	signed := []byte(strings.Join([]string{r.Method, r.URL.Path, "huyun", at, sm.SumOf(body).String()}, "\n"))
	for _, again := range []bool{false, true} {
		key, err := s.centreKey(r.Context(), again)
		if err == nil && sm.Verify(key, signed, sig) == nil {
			return true
		}
	}
	return false
}

func (s *System) centreKey(ctx context.Context, again bool) (*sm.PublicKey, error) {
	s.mu.Lock()
	key := s.centre
	s.mu.Unlock()
	if key != nil && !again {
		return key, nil
	}
	pem, err := s.Fetch(ctx, "/partner/v1/key")
	if err != nil {
		return nil, err
	}
	if key, err = sm.ParsePublicKey(pem); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.centre = key
	s.mu.Unlock()
	return key, nil
}

func (s *System) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// serve answers a question, or misbehaves as it was told to.
func (s *System) serve(w http.ResponseWriter, r *http.Request) {
	service := r.PathValue("service")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		return // the centre has gone
	}
	var q question
	if err := json.Unmarshal(body, &q); err != nil || q.QueryNo == "" {
		refuse(w, http.StatusUnprocessableEntity, "MALFORMED")
		return
	}
	line, o := s.note(service, &q)
	status := func(code int, why string) {
		s.mu.Lock()
		line.Status = code
		s.mu.Unlock()
		if code != http.StatusOK {
			refuse(w, code, why)
		}
	}
	if o.DelayMS > 0 {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(time.Duration(o.DelayMS) * time.Millisecond):
		}
	}
	switch {
	case o.Outage:
		status(http.StatusServiceUnavailable, "OUTAGE")
		return
	case o.Fail != 0:
		status(o.Fail, o.Code)
		return
	case o.Drop:
		status(http.StatusOK, "")
		panic(http.ErrAbortHandler) // breaks off the connection
	case !s.genuine(r, body):
		status(http.StatusUnauthorized, "SIGNATURE")
		return
	case q.Purpose == "" || q.CaseNo == "":
		status(http.StatusForbidden, "PURPOSE_REFUSED")
		return
	}
	data, found, err := s.about(service, &q)
	if err != nil {
		status(http.StatusUnprocessableEntity, "SUBJECT")
		return
	}
	status(http.StatusOK, "")
	s.tell(w, service, &q, o, data, found)
}

// note writes a question into the log, the same in every try into the same line.
func (s *System) note(service string, q *question) (*Asked, Orders) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders
	if o.Service != "" && o.Service != service {
		o = Orders{}
	}
	for _, a := range s.log {
		if a.QueryNo == q.QueryNo && a.Service == service {
			a.Tries++
			a.At = s.now()
			return a, o
		}
	}
	a := &Asked{At: s.now(), Service: service, QueryNo: q.QueryNo, CaseNo: q.CaseNo, Purpose: q.Purpose, Tries: 1}
	s.log = append(s.log, a)
	s.log = s.log[max(0, len(s.log)-most):]
	return a, o
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Simulated", "1")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"code":%q,"message":"（模拟）"}`, code)
}

var sources = map[string]string{ //nolint:gochecknoglobals // a table
	"driving": "公安交管", "traffic": "公安交管", "background": "公安", "residence": "公安人口、居住证", "education": "教育", "penalty": "综合执法", "company": "市场监管",
}

// tell signs and sends an answer.
func (s *System) tell(w http.ResponseWriter, service string, q *question, o Orders, data any, found bool) {
	out := map[string]any{"queryNo": q.QueryNo, "source": "（模拟）" + sources[service], "asOf": s.now().Format(time.RFC3339), "found": found}
	if found {
		out["data"] = data
	}
	if o.Twist != "" {
		out[o.Twist] = 1
	}
	raw, err := json.Marshal(out)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "INTERNAL")
		return
	}
	sig, err := s.Key.Sign([]byte(strings.Join([]string{q.QueryNo, service, sm.SumOf(raw).String()}, "\n")))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "INTERNAL")
		return
	}
	if o.Corrupt {
		sig[len(sig)-1] ^= 1
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Simulated", "1")
	w.Header().Set("X-Platform-Signature", base64.StdEncoding.EncodeToString(sig))
	_, _ = w.Write(raw) // the centre has gone
}
