package proctor_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

const sitting = "/proctor/v1/sittings/" + apptest.Sitting

func ok(t *testing.T, a apptest.Answer) apptest.Answer {
	t.Helper()
	require.Less(t, a.Status, 300, a.Body)
	return a
}

// acts are the actions on the audit record, oldest first.
func acts(h *apptest.House) []string {
	var out []string
	h.View(func(r store.Reader) error {
		list, err := audit.Last(r, 500)
		for i := len(list) - 1; i >= 0; i-- {
			out = append(out, list[i].Actor+" "+list[i].Action)
		}
		return err
	})
	return out
}

// TestASittingFromTheConsole is a proctor's day over HTTP alone.
func TestASittingFromTheConsole(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Staff()
	h.Assigned()
	chief := h.SignIn("chief")
	var list struct {
		Items []struct{ ID, State, Next string }
		Total int
	}
	chief.Do(http.MethodGet, "/proctor/v1/sittings", nil).Into(h, &list)
	require.Equal(t, 1, list.Total)
	require.NotEmpty(t, list.Items[0].Next)

	ok(t, chief.Do(http.MethodPost, sitting+"/opening", map[string]any{"request": "request-1", "proctors": []string{"监考甲"}}))
	require.NoError(t, h.Order(wire.OrderOpeningDecided, wire.OpeningDecided{Request: "request-1", Sitting: apptest.Sitting, Approved: true}))
	require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Size: h.Built.Size, Version: 1}))
	h.Exam.Look(t.Context())
	var pf struct{ Green bool }
	chief.Do(http.MethodPost, sitting+"/preflight", map[string]any{"waive": []string{"camera", "terminal"}, "reason": "测试"}).Into(h, &pf)
	require.True(t, pf.Green)
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release}))
	h.Exam.Look(t.Context())

	// The door: by face, by hand, and the record of both.
	door := sitting + "/candidates/" + apptest.CandidateID(0)
	require.Equal(t, "seating.checkin.consent", chief.Do(http.MethodPost, door+"/face", apptest.Photo(0)).Code())
	var face struct {
		Standing     string
		Verification struct{ Decision, Snapshot string }
	}
	chief.Do(http.MethodPost, door+"/face?consent=true", apptest.Photo(0)).Into(h, &face)
	require.Equal(t, "admitted", face.Standing)
	require.Equal(t, string(apptest.Photo(0)), ok(t, chief.Do(http.MethodGet, "/proctor/v1/pictures/"+face.Verification.Snapshot, nil)).Body)
	require.Equal(t, string(apptest.Photo(0)), ok(t, chief.Do(http.MethodGet, door+"/photo", nil)).Body)
	hand := sitting + "/candidates/" + apptest.CandidateID(1)
	ok(t, chief.Do(http.MethodPost, hand+"/decision", map[string]any{"admit": true, "reason": "身份证与本人一致"}))
	var people struct {
		Items []struct{ Name, IDNumber, Standing string }
	}
	roll := chief.Do(http.MethodGet, sitting+"/candidates", nil)
	roll.Into(h, &people)
	require.Len(t, people.Items, 3)
	require.NotContains(t, roll.Body, apptest.IDNumber(0))
	require.Contains(t, ok(t, chief.Do(http.MethodPost, door+"/reveal", nil)).Body, apptest.IDNumber(0))

	// In the room.
	p := &apptest.Person{House: h, N: 0}
	p.Terminal, p.TermKey = h.Pair(0)
	p.Login()
	require.NoError(t, h.Attempts.Confirm(t.Context(), p.Session, true))
	require.NoError(t, h.Attempts.Consent(t.Context(), p.Session))
	ok(t, chief.Do(http.MethodPost, sitting+"/start", nil))
	one := sitting + "/attempts/" + p.Session.Attempt
	require.Equal(t, "exam.attempt.reason", chief.Do(http.MethodPost, one+"/pause", map[string]string{"reason": ""}).Code())
	ok(t, chief.Do(http.MethodPost, one+"/pause", map[string]string{"reason": "问询"}))
	ok(t, chief.Do(http.MethodPost, one+"/resume", map[string]string{"reason": ""}))
	grant := map[string]any{"id": "grant-0001", "minutes": 5, "reason": "键盘故障"}
	ok(t, chief.Do(http.MethodPost, one+"/extend", grant))
	ok(t, chief.Do(http.MethodPost, one+"/extend", grant))
	grant["id"], grant["seen"] = "grant-0002", 0
	require.Equal(t, "exam.attempt.extend.overtaken", chief.Do(http.MethodPost, one+"/extend", grant).Code())
	require.Equal(t, (apptest.Minutes+5)*time.Minute, p.Attempt().Allowed)
	ok(t, chief.Do(http.MethodPost, one+"/move", map[string]string{"from": "A01", "to": "A04", "reason": "显示器坏"}))
	require.Contains(t, chief.Do(http.MethodGet, sitting+"/candidates/"+apptest.CandidateID(0), nil).Body, `"seat":"A04"`, "the record goes along")
	p.Terminal, p.TermKey = h.Pair(3)
	p.Login()
	ok(t, p.Do(http.MethodPost, "/terminal/v1/heartbeat", map[string]any{"focus": true, "visible": true, "camera": true, "pending": 0}))
	ok(t, chief.Do(http.MethodPost, sitting+"/irregularities", map[string]any{"candidate": apptest.CandidateID(0), "code": "V03", "note": "旁窥"}))
	var board struct {
		Counts map[string]int
		Door   map[string]int
		Seats  []struct{ Seat, State, Name, Standing string }
	}
	chief.Do(http.MethodGet, sitting+"/board", nil).Into(h, &board)
	require.Equal(t, 1, board.Counts["作答中"])
	require.Equal(t, []struct{ Seat, State, Name, Standing string }{
		{"A01", "空位", "", ""}, {"A02", "已入场未登录", "张1", "admitted"}, {"A03", "未到", "张2", "expected"},
		{"A04", "作答中", "张0", "admitted"}, {"A05", "空位", "", ""},
	}, board.Seats)
	require.Equal(t, map[string]int{"admitted": 2, "expected": 1}, board.Door)
	ok(t, chief.Do(http.MethodPost, one+"/handin", map[string]string{"reason": "时间到"}))

	require.Equal(t, "supervise.close.problems", chief.Do(http.MethodPost, sitting+"/close", map[string]any{}).Code())
	wrong := map[string]string{"username": "second", "password": "not this"}
	why := []map[string]string{}
	for code, reason := range h.Waive("一人入场后离开").Reasons {
		why = append(why, map[string]string{"code": code, "reason": reason})
	}
	require.Equal(t, "staff.login.wrong", chief.Do(http.MethodPost, sitting+"/close", map[string]any{"waivers": why, "second": wrong}).Code())
	ok(t, chief.Do(http.MethodPost, sitting+"/close", map[string]any{
		"waivers": why, "second": map[string]string{"username": "second", "password": apptest.Password},
	}))
	var verified struct{ Entries int }
	chief.Do(http.MethodPost, "/proctor/v1/audit/verify", nil).Into(h, &verified)
	require.Equal(t, len(acts(h)), verified.Entries)
	for _, want := range []string{
		"chief staff.login", "chief exam.opening.request", "chief exam.preflight.run", "chief seating.checkin.decide",
		"chief seating.candidate.reveal", "chief exam.sitting.start", "chief exam.attempt.pause", "chief exam.attempt.resume",
		"chief exam.attempt.extend", "chief seating.move", "chief supervise.irregularity.note", "chief exam.attempt.handin", "chief supervise.close",
	} {
		require.Contains(t, acts(h), want)
	}
	h.Serve(apptest.Request(http.MethodPost, "/proctor/v1/login", map[string]string{"username": "nobody", "password": "x"}))
	told := readable(t, chief)
	for _, want := range []string{
		"——一人入场后离开；结束时有 1 条告警未确认——一人入场后离开（复核：监考乙）\n",
		"监考乙|staff.login.refused|监考乙|作为第二人，在 主考丙 的登录中输错口令\n",
		"主考丙|exam.attempt.extend|张* 2026000000（现座位 A04）|5 分钟：键盘故障\n",
		"考生|exam.attempt.consent|张* 2026000000（现座位 A04）|座位 A01\n",
		"主考丙|seating.checkin.decide|张* 2026000001|已入场：身份证与本人一致\n",
		"主考丙|seating.terminal.pair|座位 A04|\n",
		"未登录|staff.login.refused|没有这个账号|\n",
	} {
		require.Contains(t, told, want)
	}
	auditFilters(t, chief)
	packet := ok(t, chief.Do(http.MethodPost, "/proctor/v1/export", nil))
	require.True(t, strings.HasPrefix(packet.Body, "HUYUNUP1"))
	require.NotContains(t, packet.Body, apptest.CandidateID(0), "sealed")
}

// readable is the audit page as people read it, a line an act.
func readable(t *testing.T, c *apptest.Client) string {
	t.Helper()
	var page struct {
		Items []struct{ Who, Action, About, Words string }
	}
	ok(t, c.Do(http.MethodGet, "/proctor/v1/audit?limit=500", nil)).Into(c.House, &page)
	var out strings.Builder
	for _, e := range page.Items {
		fmt.Fprintf(&out, "%s|%s|%s|%s\n", e.Who, e.Action, e.About, e.Words)
	}
	return out.String()
}

// auditFilters checks that who, action and time narrow the audit, and that its
// pages put together are the whole of what was asked for.
func auditFilters(t *testing.T, c *apptest.Client) {
	t.Helper()
	type entry struct {
		Seq                uint64
		At                 time.Time
		Actor, Who, Action string
	}
	ask := func(q url.Values) []entry {
		var page struct{ Items []entry }
		ok(t, c.Do(http.MethodGet, "/proctor/v1/audit?"+q.Encode(), nil)).Into(c.House, &page)
		return page.Items
	}
	all := ask(url.Values{"limit": {"500"}})
	var paged []entry
	for before := uint64(0); ; before = paged[len(paged)-1].Seq {
		page := ask(url.Values{"limit": {"3"}, "before": {fmt.Sprint(before)}})
		paged = append(paged, page...)
		if len(page) < 3 {
			break
		}
	}
	require.Equal(t, all, paged, "each once, none left out")

	keep := func(want func(entry) bool) []entry {
		return slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return !want(e) })
	}
	extended := ask(url.Values{"action": {"exam.attempt.extend"}})
	require.NotEmpty(t, extended)
	require.Equal(t, keep(func(e entry) bool { return e.Action == "exam.attempt.extend" }), extended)
	require.NotEmpty(t, ask(url.Values{"q": {"键盘故障"}}), "what the act says")
	for _, e := range ask(url.Values{"q": {"监考乙"}, "action": {"staff.login.refused"}}) {
		require.Equal(t, "监考乙", e.Who)
	}
	require.Empty(t, ask(url.Values{"q": {"没有这个人"}}))
	mid := all[len(all)/2].At
	require.Equal(t, keep(func(e entry) bool { return !e.At.Before(mid) }), ask(url.Values{"from": {mid.Format(time.RFC3339Nano)}, "limit": {"500"}}))
	require.Equal(t, keep(func(e entry) bool { return e.At.Before(mid) }), ask(url.Values{"to": {mid.Format(time.RFC3339Nano)}, "limit": {"500"}}))
}

func TestTheLivePageShowsChanges(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Opened()
	c := h.SignIn("proctor")
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+sitting+"/board/live", nil)
	require.NoError(t, err)
	req.AddCookie(c.Cookie)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	next := func() map[string]int {
		for lines.Scan() {
			raw, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var b struct{ Door map[string]int }
			require.NoError(t, json.Unmarshal([]byte(raw), &b))
			return b.Door
		}
		t.Fatal("the stream ended")
		return nil
	}
	require.Equal(t, 1, next()["expected"])
	h.Admit(0)
	require.NoError(t, h.Time.Await(ctx, 1))
	h.Time.Advance(time.Second)
	require.Equal(t, 1, next()["admitted"])
}

func TestFiveWrongPasswordsLockTheAccount(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	login := func(user, password string) apptest.Answer {
		return h.Serve(apptest.Request(http.MethodPost, "/proctor/v1/login", map[string]string{"username": user, "password": password}))
	}
	require.Equal(t, "staff.login.empty", login("chief", "x").Code())
	h.Staff()
	for range 4 {
		for _, who := range []string{"chief", "nobody"} {
			require.Equal(t, "staff.login.wrong", login(who, "x").Code())
		}
	}
	said := func(user string) string { text, _, _ := strings.Cut(login(user, "x").Body, `"trace_id"`); return text }
	require.Equal(t, said("chief"), said("nobody"), "a lock does not tell which names exist")
	require.Equal(t, "staff.login.locked", login("chief", "x").Code())
	require.Equal(t, "staff.login.locked", login("nobody", "x").Code())
	require.Contains(t, login("chief", "x").Body, fmt.Sprintf("%d 分钟", person.LockMinutes), "as long as at the centre")
	require.Equal(t, "staff.login.locked", login("chief", apptest.Password).Code(), "locked is locked")
	h.Restart(time.Minute)
	require.Equal(t, "staff.login.locked", login("chief", apptest.Password).Code(), "a restart does not unlock")
	h.Time.Advance(15 * time.Minute)
	require.Equal(t, http.StatusOK, login("chief", apptest.Password).Status)
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	c := h.SignIn("chief")
	h.Time.Advance(29 * time.Minute)
	ok(t, c.Do(http.MethodGet, "/proctor/v1/me", nil))
	h.Restart(time.Minute)
	ok(t, c.Do(http.MethodGet, "/proctor/v1/me", nil))
	h.Time.Advance(31 * time.Minute)
	require.Equal(t, http.StatusUnauthorized, c.Do(http.MethodGet, "/proctor/v1/me", nil).Status, "idle")
	c = h.SignIn("chief")
	require.NoError(t, h.Order(wire.OrderStaff, wire.Staff{Version: 2, Members: []wire.StaffMember{{Username: "chief", Roles: []string{"technician"}}}}))
	require.Equal(t, "auth.forbidden", c.Do(http.MethodPost, sitting+"/pause", map[string]string{"reason": "x"}).Code(), "a role change bites at once")
	require.NoError(t, h.Order(wire.OrderStaff, wire.Staff{Version: 3, Members: []wire.StaffMember{{Username: "chief", Disabled: true}}}))
	require.Equal(t, http.StatusUnauthorized, c.Do(http.MethodGet, "/proctor/v1/me", nil).Status)
}

func TestBadPictures(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Opened()
	c := h.SignIn("chief")
	door := sitting + "/candidates/" + apptest.CandidateID(0) + "/face?consent=true"
	for want, picture := range map[string][]byte{
		"supervise.evidence.format": []byte("<html>not a picture</html>"), "request.large": make([]byte, 2<<20+1),
	} {
		require.Equal(t, want, c.Do(http.MethodPost, door, picture).Code())
	}
	require.Equal(t, "supervise.evidence.format", c.Do(http.MethodPost, door, []byte{}).Code())
	require.Zero(t, h.Faces.Calls(), "the face process never saw them")
	require.Zero(t, h.Evidence.Count())
	require.Empty(t, h.Records(wire.KindVerification))
}

func TestAPackageFromAStick(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Assigned()
	h.CutDownload(true)
	require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Size: h.Built.Size, Version: 1}))
	tech := h.SignIn("tech")
	require.Equal(t, "exam.pack.digest", tech.Do(http.MethodPost, sitting+"/pack", []byte("something else")).Code())
	require.Equal(t, http.StatusNoContent, tech.Do(http.MethodPost, sitting+"/pack", h.Package()).Status)
	var st struct{ Pack struct{ Received bool } }
	tech.Do(http.MethodGet, sitting, nil).Into(h, &st)
	require.True(t, st.Pack.Received)
	require.NoError(t, h.Order(wire.OrderResult, wire.ResultPublished{Sitting: apptest.Sitting}))
	var published struct{ Published bool }
	tech.Do(http.MethodGet, sitting, nil).Into(h, &published)
	require.True(t, published.Published)
}
