// Package contract tries our clients of outside systems against the simulators
// that were written from the same agreements, in process: what both understand
// differently shows here.
package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/external/citydata"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
	platform "huyun.internal/simulators/citydata"
	"huyun.internal/simulators/control"
)

const (
	clean = "310101198501010014"
	other = "310101197803120011"
)

// city is the platform with our client.
type city struct {
	*platform.System
	*citydata.Client
	t    *testing.T
	asks int
	log  *bytes.Buffer
}

func newCity(t *testing.T) *city {
	t.Helper()
	ours, err := sm.Generate()
	require.NoError(t, err)
	theirs, err := sm.Generate()
	require.NoError(t, err)
	now := clock.NewTest(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
	centre := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(ours.Public().PEM()) }))
	t.Cleanup(centre.Close)
	c := &city{t: t, log: &bytes.Buffer{}}
	c.System = &platform.System{Line: &control.Line{Base: centre.URL, Client: centre.Client(), Now: now.Now}, Key: theirs, File: t.TempDir() + "/known.json"}
	require.NoError(t, c.Load())
	mux := http.NewServeMux()
	c.Register(mux)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	c.Client = &citydata.Client{
		URL: srv.URL + "/citydata", Key: theirs.Public(), Ours: ours, HTTP: srv.Client(), Clock: now, Log: slog.New(slog.NewTextHandler(c.log, nil)),
	}
	return c
}

func (c *city) about(id string, service register.Service) (register.Answer, error) {
	c.t.Helper()
	who, err := person.ParseID(id)
	require.NoError(c.t, err)
	c.asks++
	q := register.Question{No: fmt.Sprintf("q-%d", c.asks), Service: service, CaseNo: "310190260000001", Matter: "NT01", Person: who}
	switch service {
	case register.Traffic:
		q.AccidentsSince, q.OffencesSince, q.Cycles = clock.Date{Year: 2023, Month: 11, Day: 23}, clock.Date{Year: 2025, Month: 11, Day: 23}, 3
	case register.Background:
		q.Kinds = []string{register.Drugs, register.ViolentCrime}
	case register.Company:
		q.Company = "91310000MA1FL0000X"
	}
	return c.Ask(c.t.Context(), q)
}

func TestEveryRegisterIsUnderstood(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	require.NoError(t, c.Otherwise(platform.Clean()))
	require.NoError(t, c.Set(platform.Person{
		IDNo: other, Driving: &platform.Driving{Class: "C1D", FirstDate: "2019-02-28", Status: "DETAINED"},
		Traffic: &platform.Traffic{
			Offences: 6, Unhandled: 5, Points: []int{12, 0, 0, 0},
			Accidents: []platform.Accident{{Date: "2025-01-02", Grade: "MAJOR", Duty: "MAIN"}, {Date: "2019-01-02", Grade: "EXTRA", Duty: "FULL"}},
		},
		Background: map[string]string{"DRUGS": "YES", "VIOLENT_CRIME": "UNSURE", "TRAFFIC_CRIME": "YES"},
		Residence:  &platform.Residence{PermitTo: "2027-01-01"}, Penalty: &platform.Penalty{Unsettled: 2, Orgs: []string{"（模拟）执法大队"}}, Unknown: []string{"education"},
	}))
	require.NoError(t, c.AddCompany(platform.Company{Code: "91310000MA1FL0000X", Name: "（模拟）出租公司", Status: "REVOKED"}))
	for service, want := range map[register.Service]func(a register.Answer){
		register.Driving: func(a register.Answer) {
			require.Equal(t, &register.DrivingLicence{Class: "C1D", First: clock.Date{Year: 2019, Month: 2, Day: 28}, Status: "DETAINED"}, a.Driving)
			require.Equal(t, "（模拟）公安交管", a.Source)
		},
		register.Traffic: func(a register.Answer) {
			require.Equal(t, &register.Record{
				Accidents: []register.Accident{{Date: clock.Date{Year: 2025, Month: 1, Day: 2}, Grade: 3, Duty: 3}}, Offences: 6, Unhandled: 5, Points: []int{12, 0, 0},
			}, a.Traffic, "no more than was asked for")
		},
		register.Background: func(a register.Answer) {
			require.Equal(t, map[string]register.Has{"DRUGS": register.Yes, "VIOLENT_CRIME": register.Unsure}, a.Background)
		},
		register.Residence: func(a register.Answer) {
			require.Equal(t, &register.ResidenceStatus{PermitTo: clock.Date{Year: 2027, Month: 1, Day: 1}}, a.Residence)
		},
		register.Education: func(a register.Answer) { require.False(t, a.Found) },
		register.Penalty: func(a register.Answer) {
			require.Equal(t, &register.Unsettled{Count: 2, Orgs: []string{"（模拟）执法大队"}}, a.Penalties)
		},
		register.Company: func(a register.Answer) {
			require.Equal(t, &register.Firm{Name: "（模拟）出租公司", Status: "REVOKED"}, a.Company)
		},
	} {
		a, err := c.about(other, service)
		require.NoError(t, err, service)
		require.Equal(t, service, a.Service)
		require.NotEmpty(t, a.Raw)
		want(a)
		a, err = c.about(clean, service)
		require.NoError(t, err, service)
		require.True(t, a.Found, service)
	}
	again := &platform.System{File: c.File}
	require.NoError(t, again.Load())
	require.Equal(t, c.Status().People, again.Status().People, "a restart forgets nobody")
	raw, err := json.Marshal(platform.Clean()) // as the control interface is told
	require.NoError(t, err)
	var told platform.Person
	require.NoError(t, json.Unmarshal(raw, &told))
	require.Equal(t, platform.Clean(), &told)
}

// Whatever the platform does, nothing is taken for an answer that is none.
func TestEachWayOfMisbehaving(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	require.NoError(t, c.Otherwise(platform.Clean()))
	for code, o := range map[string]platform.Orders{
		"external.citydata.down":      {Outage: true},
		"external.citydata.busy":      {Fail: http.StatusTooManyRequests},
		register.CodeRefused:          {Fail: http.StatusForbidden, Code: "PURPOSE_REFUSED"},
		"external.citydata.signature": {Corrupt: true},
		"external.citydata.answer":    {Twist: "phone"},
	} {
		c.Order(o)
		a, err := c.about(clean, register.Penalty)
		require.True(t, fault.Is(err, code), "%+v: %v", o, err)
		require.Nil(t, a.Penalties)
		require.False(t, a.Found)
	}
	c.Order(platform.Orders{Drop: true})
	_, err := c.about(clean, register.Penalty)
	require.True(t, fault.Is(err, "external.citydata.down"), err)
	c.Order(platform.Orders{Outage: true, Service: "driving"})
	_, err = c.about(clean, register.Penalty)
	require.NoError(t, err, "the other registers answer")
	c.Order(platform.Orders{})
	stranger, err := sm.Generate()
	require.NoError(t, err)
	c.Ours = stranger
	_, err = c.about(clean, register.Penalty)
	require.True(t, fault.Is(err, "external.citydata.down"), "somebody else asks: %v", err)
	require.NotContains(t, c.log.String(), clean, "who was asked about stands in no log")
	require.Contains(t, c.log.String(), "city register does not answer")
}

// The platform logs every question once, with its purpose and case, however often
// it is tried, and never who it is about.
func TestAQuestionIsLoggedOnce(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	who, err := person.ParseID(clean)
	require.NoError(t, err)
	q := register.Question{No: "the-same", Service: register.Driving, CaseNo: "310190260000001", Matter: "RT04", Person: who}
	c.Order(platform.Orders{Outage: true})
	for range 3 {
		_, err = c.Ask(t.Context(), q)
		require.Error(t, err)
	}
	c.Order(platform.Orders{})
	a, err := c.Ask(t.Context(), q)
	require.NoError(t, err)
	require.False(t, a.Found, "it knows nobody")
	st := c.Status()
	require.Len(t, st.Asked, 1)
	require.Equal(t, 4, st.Asked[0].Tries)
	require.Equal(t, citydata.Purpose, st.Asked[0].Purpose)
	require.NotContains(t, fmt.Sprintf("%+v", st), clean)
	require.False(t, strings.Contains(string(a.Raw), clean))
}
