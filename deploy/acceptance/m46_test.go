package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// pushed is what the simulated system says of a push.
type pushed []struct {
	Number string
	Status int
	Answer string
}

// simulate brings up the systems outside; their registers know nothing against anybody.
func (w *world) simulate(ctx context.Context) error {
	if w.Simulators.Running() {
		return nil
	}
	if err := w.Simulators.Start(ctx); err != nil {
		return err
	}
	return w.KnowNothing(ctx)
}

func (w *world) outside(t *testing.T, method, path string, in any) pushed {
	t.Helper()
	require.NoError(t, w.simulate(t.Context()))
	var out pushed
	var into any = &out
	if method == http.MethodPut {
		into = nil
	}
	require.NoError(t, w.Outside(t.Context(), method, path, in, into))
	return out
}

type verdict struct {
	Effect, Color, Message string
	Blocked, Strict        bool
	Guide                  *struct{ Ways, Papers []string }
}

// TestM46DishonestyList: the credit system's list comes in over its own signed
// interface, whatever the way does to it: repeated, reordered, spoilt, corrected
// and withdrawn.
func TestM46DishonestyList(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	credit, second := w.as(t, "xu.xinyong"), w.as(t, "qian.xinyong")
	people := seed.Candidates(4, 4600)
	entry := func(i int, change map[string]string) map[string]string {
		e := map[string]string{
			"id_no": people[i].ID, "list_type": "TRANSPORT_SERIOUS", "reason": "伪造从业资格证件", "decision_no": fmt.Sprintf("验收〔2026〕%d号", i), "org": "市交通委",
			"listed_at": time.Now().AddDate(0, -1, 0).Format(time.DateOnly),
		}
		for k, v := range change {
			e[k] = v
		}
		return e
	}
	report := func(entries ...map[string]string) pushed {
		return w.outside(t, http.MethodPost, "/credit/entries", map[string]any{"entries": entries})
	}
	order := func(o map[string]any) { w.outside(t, http.MethodPut, "/credit/_control/orders", o) }
	judge := func(i int, action string) verdict {
		var v verdict
		require.NoError(t, credit.Do(ctx, http.MethodPost, "/api/v1/sanction/judgement", map[string]string{"id_no": people[i].ID, "situation": "RT01", "action": action}, &v))
		return v
	}

	order(map[string]any{"repeat": 2})
	got := report(entry(0, nil), entry(1, nil))
	require.Len(t, got, 3)
	for _, g := range got {
		require.Equal(t, []any{http.StatusOK, got[0].Answer}, []any{g.Status, g.Answer}, "the same answer each time")
	}
	v := judge(0, "APPLY")
	require.True(t, v.Blocked)
	require.Equal(t, "RED", v.Color)
	require.NotEmpty(t, v.Guide.Ways)
	require.True(t, judge(0, "RENEW").Strict)
	require.False(t, judge(0, "CANCEL").Blocked, "cancelling is never barred")
	listed := get[list[struct{ ID string }]](t, credit, "/api/v1/sanction/entries?q="+people[0].ID)
	require.Equal(t, 1, listed.Total)

	for code, o := range map[string]map[string]any{
		"partner.signature": {"corrupt": true}, "partner.clock": {"skew_s": 3600}, "partner.sender": {"sender": "somebody"}, "partner.field.unknown": {"add_field": "phone"},
	} {
		order(o)
		got = report(entry(2, nil))
		require.Contains(t, got[0].Answer, code)
	}
	require.False(t, judge(2, "APPLY").Blocked)

	order(map[string]any{"hold": true})
	report(entry(3, nil))
	report(entry(3, map[string]string{"status": "OFF", "repair_state": "REPAIRED"}))
	got = w.outside(t, http.MethodPost, "/credit/_control/release", nil) // the later one first
	require.Len(t, got, 2)
	require.Contains(t, got[1].Answer, `"stale":1`)
	require.False(t, judge(3, "APPLY").Blocked, "what was withdrawn stays withdrawn")

	report(entry(1, map[string]string{"list_type": "TRANSPORT_SERIOUS", "repair_state": "REPAIRED"}))
	require.False(t, judge(1, "APPLY").Blocked)
	tasks := get[list[struct{ ID, Kind string }]](t, second, "/api/v1/sanction/tasks?kind=DELETE&open=yes&q="+people[1].ID)
	require.Equal(t, 1, tasks.Total)
	require.NoError(t, second.Do(ctx, http.MethodPost, "/api/v1/sanction/tasks/"+tasks.Items[0].ID+"/settle", map[string]string{"outcome": "DONE", "answer": ""}, nil))
	refused(t, w.as(t, "zhang.kaowu").Do(ctx, http.MethodGet, "/api/v1/sanction/entries", nil, nil), http.StatusForbidden, "auth.forbidden")
}

// TestM52RevocationIsClaimedAndLifted: a revocation of a licence that nobody knows
// waits to be claimed; what was overturned is lifted by two persons.
func TestM52RevocationIsClaimedAndLifted(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	first, second := w.as(t, "xu.xinyong"), w.as(t, "qian.xinyong")
	day := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	number := fmt.Sprintf("验收交罚%d号", time.Now().UnixNano())
	tell := func(d map[string]any) pushed { return w.outside(t, http.MethodPost, "/enforcement/decisions", d) }
	got := tell(map[string]any{
		"kind": "REVOKE", "step": 1, "penalty_no": number, "cert_type": "RE-075", "cert_no": "TX20269999", "decision_date": day, "effective_date": day,
		"org": "执法总队", "reason": "一年内多次严重违规", "cause": "REVOKED", "scope": "PERSON_FAMILY",
	})
	require.Contains(t, got[0].Answer, `"status":"UNCLAIMED"`)
	type lock struct {
		ID, Status string
		BanUntil   string `json:"ban_until"`
		Revision   int
	}
	find := func() lock { return get[list[lock]](t, first, "/api/v1/sanction/locks?q="+number).Items[0] }
	l := find()
	require.Equal(t, yearsOn(t, day, 5), l.BanUntil)
	ask := map[string]any{"revision": l.Revision, "kind": "LIFT", "reason": "RECONSIDERATION", "doc_no": "沪府复决〔2026〕3号", "note": ""}
	require.NoError(t, first.Do(ctx, http.MethodPost, "/api/v1/sanction/locks/"+l.ID+"/lifts", ask, nil))
	lift := get[struct{ Lifts []struct{ ID string } }](t, first, "/api/v1/sanction/locks/"+l.ID).Lifts[0].ID
	check := func(c *stack.Client) error {
		return c.Do(ctx, http.MethodPost, "/api/v1/sanction/lifts/"+lift+"/check", map[string]any{"approve": true, "note": ""}, nil)
	}
	refused(t, check(first), http.StatusForbidden, "sanction.lift.self")
	require.NoError(t, check(second))
	require.Equal(t, "LIFTED", find().Status)
}

func yearsOn(t *testing.T, day string, n int) string {
	t.Helper()
	d, err := time.Parse(time.DateOnly, day)
	require.NoError(t, err)
	return d.AddDate(n, 0, 0).Format(time.DateOnly)
}
