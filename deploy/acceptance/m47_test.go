package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/clock"
)

// list tells the centre that somebody is on the serious list, or off it.
func (w *world) list(t *testing.T, id, no, status string) {
	t.Helper()
	w.outside(t, http.MethodPut, "/credit/_control/orders", map[string]any{})
	got := w.outside(t, http.MethodPost, "/credit/entries", map[string]any{"entries": []map[string]string{{
		"id_no": id, "list_type": "TRANSPORT_SERIOUS", "reason": "非法营运，拒不履行处罚决定", "decision_no": no, "org": "市交通委",
		"listed_at": clock.DateOf(time.Now()).Add(-30).String(), "status": status,
	}}})
	require.Equal(t, http.StatusOK, got[len(got)-1].Status, got[len(got)-1].Answer)
}

// TestM47Restrictions: what a listing does to each kind of application is a table
// that two persons change; cancelling is never barred, at the window or online.
func TestM47Restrictions(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	at, me := w.citizen(t, "02001")
	w.list(t, me.IDNo, "验收限制〔2026〕47号", "ON")
	type intro struct {
		Why     string
		Verdict *verdict
	}
	add := get[intro](t, at, "/api/v1/own/matters/RT02")
	require.True(t, add.Verdict.Blocked)
	require.Contains(t, add.Why, "验收限制〔2026〕47号")
	require.False(t, get[intro](t, at, "/api/v1/own/matters/RT04").Verdict.Blocked, "a reissue is only warned of")
	require.Empty(t, get[intro](t, at, "/api/v1/own/matters/RT07").Why, "cancelling is never barred")

	first, second := w.as(t, "xu.xinyong"), w.as(t, "qian.xinyong")
	type rules struct {
		Version struct{ Version int }
		Table   struct{ Rules, Bans []map[string]any }
	}
	now := get[rules](t, first, "/api/v1/sanction/rules/-1")
	stricter := slices.Clone(now.Table.Rules)
	for i, r := range stricter {
		if r["list"] == "TRANSPORT_SERIOUS" && r["action"] == "REISSUE" {
			changed := map[string]any{}
			for k, v := range r {
				changed[k] = v
			}
			changed["effect"], changed["color"], changed["severity"] = "BLOCK_SUBMIT", "RED", 5
			stricter[i] = changed
		}
	}
	propose := func(table []map[string]any) int {
		var got rules
		base := get[rules](t, first, "/api/v1/sanction/rules/-1").Version.Version
		require.NoError(t, first.Do(ctx, http.MethodPost, "/api/v1/sanction/rules", map[string]any{"base": base, "note": "验收：补证也限制", "rules": table, "bans": now.Table.Bans}, &got))
		return got.Version.Version
	}
	decide := func(c *stack.Client, version int) error {
		return c.Do(ctx, http.MethodPost, fmt.Sprintf("/api/v1/sanction/rules/%d/decide", version), map[string]any{"approve": true, "answer": ""}, nil)
	}
	v := propose(stricter)
	refused(t, decide(first, v), http.StatusForbidden, "sanction.rule.self")
	require.False(t, get[intro](t, at, "/api/v1/own/matters/RT04").Verdict.Blocked, "one person changes nothing")
	require.NoError(t, decide(second, v))
	require.True(t, get[intro](t, at, "/api/v1/own/matters/RT04").Verdict.Blocked, "at once")
	require.NoError(t, decide(second, propose(now.Table.Rules)))
	w.list(t, me.IDNo, "验收限制〔2026〕47号", "OFF")
	require.Nil(t, get[intro](t, at, "/api/v1/own/matters/RT02").Verdict)
}

// TestM48Extension: under strict review the promise falls away, the extension is
// drafted, and the official in charge decides.
func TestM48Extension(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, w.Calendars(ctx, w.logins, history.Calendar))
	p := w.holder(t, "02001", 60)
	desk, boss := w.as(t, "qian.chuangkou"), w.as(t, "zheng.shenpi")
	day := clock.DateOf(time.Now()).Add(-60).String()
	of := fileOf(t, desk, p)
	require.NoError(t, desk.Do(ctx, http.MethodPost, "/api/v1/practitioners/"+of.ID+"/education", map[string]any{
		"category": "02001", "org": "交运培训中心", "hours": 24, "begins": day, "ends": day, "mode": "ONSITE", "source": "验收",
	}, nil))
	c := w.desk(t, "RT03", p, map[string]string{
		"reason": "EXPIRE", "driving_no": p.ID, "driving_class": "A2", "driving_first": "2018-01-01", "driving_until": "2033-01-01",
	}, "M03", "M04", "M05", "M08")
	id := "m48-" + c.ID
	require.NoError(t, w.Walk(ctx, w.logins, &c, id, "submit", "accept"))
	type page struct {
		Version                 int
		Strict                  bool
		Proposal, Due, DueClock string
		Possible                []string
		Letters                 []struct{ Kind string }
	}
	show := func() page { return get[page](t, boss, "/api/v1/licensing/cases/"+c.ID) }
	before := show()
	require.False(t, before.Strict)
	w.list(t, p.ID, "验收延期〔2026〕48号", "ON") // while the case is open
	now := show()
	require.True(t, now.Strict)
	require.Contains(t, now.Proposal, "验收延期〔2026〕48号")
	require.Greater(t, now.Due, before.Due, "the law's days, not the promise")
	c.Version = now.Version
	require.NoError(t, w.Walk(ctx, w.logins, &c, id, "claim"))
	require.Positive(t, get[list[struct{ ID string }]](t, boss, "/api/v1/licensing/cases?queue=extend").Total)
	now = show()
	require.Contains(t, now.Possible, "extend")
	require.NoError(t, boss.Do(ctx, http.MethodPost, "/api/v1/licensing/cases/"+c.ID+"/extend", map[string]any{"event_id": id + "-extend", "version": now.Version, "text": now.Proposal}, nil))
	after := show()
	require.Empty(t, after.Proposal)
	require.Greater(t, after.Due, now.Due)
	require.Equal(t, "D07", after.Letters[len(after.Letters)-1].Kind)
}

// TestM49Guidance: the applicant is told what, why and how to recover, in a colour
// with words, and that it is over.
func TestM49Guidance(t *testing.T) {
	w := system(t)
	at, me := w.citizen(t, "01001")
	w.list(t, me.IDNo, "验收引导〔2026〕49号", "ON")
	type guided struct {
		Verdict struct {
			Color, Message string
			Guide          struct {
				Restricted, Cause, Office, When string
				Ways, Papers                    []string
			}
		}
	}
	g := get[guided](t, at, "/api/v1/own/matters/RT02").Verdict
	require.Equal(t, "RED", g.Color)
	for _, part := range []string{g.Message, g.Guide.Restricted, g.Guide.Cause, g.Guide.Office, g.Guide.When, strings.Join(g.Guide.Ways, ""), strings.Join(g.Guide.Papers, "")} {
		require.NotEmpty(t, part)
	}
	require.NotContains(t, fmt.Sprint(g), me.IDNo)
	w.list(t, me.IDNo, "验收引导〔2026〕49号", "OFF")
	require.Empty(t, get[struct{ Why string }](t, at, "/api/v1/own/matters/RT04").Why)
}

// TestM50RevocationArrives: a revocation takes the certificate at once, and online
// its holder is told so.
func TestM50RevocationArrives(t *testing.T) {
	w := system(t)
	at, me := w.citizen(t, "09003")
	revoke(t, w, me.IDNo, "RE-072", "M50")
	require.NotEmpty(t, get[struct{ Why string }](t, at, "/api/v1/own/matters/NT03").Why, "there is no certificate in force any more")
}

func revoke(t *testing.T, w *world, id, kind, no string) string {
	t.Helper()
	day := clock.DateOf(time.Now()).Add(-1).String()
	number := fmt.Sprintf("验收吊销%s-%d号", no, time.Now().UnixNano())
	got := w.outside(t, http.MethodPost, "/enforcement/decisions", map[string]any{
		"kind": "REVOKE", "step": 1, "penalty_no": number, "cert_type": kind, "cert_no": id, "decision_date": day, "effective_date": day,
		"org": "执法总队", "reason": "一年内多次严重违规", "cause": "REVOKED", "scope": "CERT",
	})
	require.Contains(t, got[0].Answer, `"status":"ACTIVE"`)
	return number
}

// TestM51RevocationStops: the case in progress cannot be granted any more; lifted by
// two persons (M52), what was lost comes back and the case goes on.
func TestM51RevocationStops(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := w.holder(t, "02001", 300)
	c := w.desk(t, "RT04", p, map[string]string{"reason": "LOST", "statement": "在地铁上遗失，没有找到"}, "M03", "M05")
	id := "m51-" + c.ID
	require.NoError(t, w.Walk(ctx, w.logins, &c, id, "submit", "accept", "claim", "pass-review"))
	number := revoke(t, w, p.ID, "RE-071", "M51")
	boss := w.as(t, "zheng.shenpi")
	type page struct {
		Version  int
		Revoked  bool
		Possible []string
	}
	now := get[page](t, boss, "/api/v1/licensing/cases/"+c.ID)
	require.True(t, now.Revoked, "at once")
	require.NotContains(t, now.Possible, "grant")
	grant := func(version int, n string) error {
		return boss.Do(ctx, http.MethodPost, "/api/v1/licensing/cases/"+c.ID+"/grant", map[string]any{"event_id": id + n, "version": version}, nil)
	}
	refused(t, grant(now.Version, "-grant"), http.StatusPreconditionFailed, "licensing.case.revoked")
	require.Equal(t, "05", fileOf(t, boss, p).Licences[0].State)

	// M52: by two persons, with the document that overturned it
	first, second := w.as(t, "xu.xinyong"), w.as(t, "qian.xinyong")
	type lock struct {
		ID       string
		Revision int
	}
	l := get[list[lock]](t, first, "/api/v1/sanction/locks?q="+number).Items[0]
	ask := map[string]any{"revision": l.Revision, "kind": "LIFT", "reason": "LITIGATION", "doc_no": "（2026）沪行终3号", "note": ""}
	require.NoError(t, first.Do(ctx, http.MethodPost, "/api/v1/sanction/locks/"+l.ID+"/lifts", ask, nil))
	lift := get[struct{ Lifts []struct{ ID string } }](t, first, "/api/v1/sanction/locks/"+l.ID).Lifts[0].ID
	check := map[string]any{"approve": true, "note": ""}
	refused(t, first.Do(ctx, http.MethodPost, "/api/v1/sanction/lifts/"+lift+"/check", check, nil), http.StatusForbidden, "sanction.lift.self")
	require.NoError(t, second.Do(ctx, http.MethodPost, "/api/v1/sanction/lifts/"+lift+"/check", check, nil))
	now = get[page](t, boss, "/api/v1/licensing/cases/"+c.ID)
	require.False(t, now.Revoked)
	require.Equal(t, "10", fileOf(t, boss, p).Licences[0].State, "what was lost is there again")
	require.NoError(t, grant(now.Version, "-grant-again"))
}
