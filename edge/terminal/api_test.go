package terminal_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/protocol/wire"
)

const answer = "/terminal/v1/answer"

func running(t *testing.T, n int) (*apptest.House, []*apptest.Person) {
	t.Helper()
	h := apptest.New(t, n)
	h.Opened()
	people := make([]*apptest.Person, n)
	for i := range people {
		people[i] = h.Sit(i)
	}
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	return h, people
}

// TestTheWholeStory is a candidate's day over HTTP alone.
func TestTheWholeStory(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Opened()
	h.Admit(0)
	chief := h.SignIn("chief")
	var code struct{ Code string }
	chief.Do(http.MethodPost, "/proctor/v1/terminals/code", map[string]any{"seats": []string{"A01"}}).Into(h, &code)
	var paired struct{ Terminal, Key, Seat string }
	h.Serve(apptest.Request(http.MethodPost, "/terminal/v1/pair", map[string]string{"code": code.Code})).Into(h, &paired)
	require.Equal(t, "A01", paired.Seat)
	machine, err := hex.DecodeString(paired.Key)
	require.NoError(t, err)

	var hello struct {
		Seat  string
		Ready bool
	}
	h.Serve(apptest.Signed(paired.Terminal, machine, 1, http.MethodGet, "/terminal/v1/hello", nil)).Into(h, &hello)
	require.True(t, hello.Ready)
	var in struct {
		Session, Key string
		Candidate    struct {
			Name     string
			IDNumber string `json:"id_number"`
			Category string
		}
	}
	login := map[string]string{"admission": apptest.Admission(0), "id_number": apptest.IDNumber(0)[14:]}
	h.Serve(apptest.Signed(paired.Terminal, machine, 2, http.MethodPost, "/terminal/v1/login", login)).Into(h, &in)
	require.NotContains(t, in.Candidate.IDNumber, "1990")
	require.Equal(t, "巡游出租汽车驾驶员", in.Candidate.Category, "a name, not a code")
	key, err := hex.DecodeString(in.Key)
	require.NoError(t, err)
	ss, _, err := h.Attempts.Session(in.Session)
	require.NoError(t, err)
	p := &apptest.Person{House: h, Session: ss, Key: key}

	require.Equal(t, http.StatusOK, p.Do(http.MethodGet, "/terminal/v1/candidate/photo", nil).Status)
	require.Equal(t, "exam.attempt.confirm", p.Do(http.MethodPost, "/terminal/v1/consent", nil).Code())
	require.Equal(t, http.StatusNoContent, p.Do(http.MethodPost, "/terminal/v1/confirm", map[string]bool{"correct": true}).Status)
	require.Contains(t, p.Do(http.MethodGet, "/terminal/v1/rules", nil).Body, "通过本机摄像头随机核验")
	require.NoError(t, h.Attempts.Decline(t.Context(), p.Session, true))
	require.Contains(t, p.Do(http.MethodGet, "/terminal/v1/rules", nil).Body, "考试期间本机不拍照")
	require.NoError(t, h.Attempts.Decline(t.Context(), p.Session, false))
	require.Equal(t, http.StatusNoContent, p.Do(http.MethodPost, "/terminal/v1/consent", nil).Status)
	require.Equal(t, "exam.attempt.save.state", p.Do(http.MethodGet, "/terminal/v1/paper", nil).Code(), "no question before the start")
	require.Equal(t, http.StatusOK, p.Do(http.MethodPost, "/terminal/v1/face", apptest.Photo(0)).Status)

	require.Equal(t, http.StatusNoContent, chief.Do(http.MethodPost, "/proctor/v1/sittings/"+apptest.Sitting+"/start", nil).Status)
	var paper struct {
		Sheet struct {
			Items []struct {
				No      string
				Options []struct{ Key string }
			}
		}
	}
	got := p.Do(http.MethodGet, "/terminal/v1/paper", nil)
	got.Into(h, &paper)
	require.Len(t, paper.Sheet.Items, 10)
	require.NotContains(t, got.Body, `"answer":`, "the right answers never leave the server")
	require.NotContains(t, got.Body, "law_ref")
	for _, it := range paper.Sheet.Items {
		var rec attempt.Receipt
		p.Do(http.MethodPost, answer, attempt.Save{Item: it.No, Revision: 1, Choice: []string{it.Options[0].Key}}).Into(h, &rec)
		require.Empty(t, rec.Saved[0].Code)
	}
	require.Equal(t, "exam.handin.early", p.Do(http.MethodPost, "/terminal/v1/handin", map[string]int{"unanswered": 0}).Code())
	h.Time.Advance(apptest.Early * time.Minute)
	var res attempt.Result
	p.Do(http.MethodPost, "/terminal/v1/handin", map[string]int{"unanswered": 0}).Into(h, &res)
	require.True(t, res.Shown)
	require.Equal(t, "exam.attempt.save.state", p.Do(http.MethodPost, answer, attempt.Save{Item: "1", Revision: 9, Choice: []string{"T"}}).Code())
	require.Len(t, h.Records(wire.KindHandin), 1)
}

// TestBadBodiesAreRefusedAndNothingChanges covers B.6 2: what two readers could
// read differently, unknown fields, wrong types, sizes.
func TestBadBodiesAreRefusedAndNothingChanges(t *testing.T) {
	t.Parallel()
	h, p := running(t, 1)
	const number = "310101199001010014"
	for name, body := range map[string]string{
		"empty": "", "no JSON": "x", "array": "[]", "null": "null", "deep": strings.Repeat("[", 10_000),
		"twice":        `{"item":"1","revision":1,"revision":2,"choice":["T"]}`,
		"unknown":      `{"item":"1","revision":1,"choice":["T"],"score":100}`,
		"case":         `{"ITEM":"1","item":"1","revision":1,"choice":["T"]}`,
		"huge number":  `{"item":"1","revision":1e400,"choice":["T"]}`,
		"negative":     `{"item":"1","revision":-1,"choice":["T"]}`,
		"fraction":     `{"item":"1","revision":1.5,"choice":["T"]}`,
		"text number":  `{"item":"1","revision":"1","choice":["T"]}`,
		"NaN":          `{"item":"1","revision":NaN,"choice":["T"]}`,
		"no list":      `{"item":"1","revision":1,"choice":"T"}`,
		"NUL":          `{"item":"1\u0000","revision":1,"choice":["T"]}`,
		"bad UTF-8":    "{\"item\":\"\xff\",\"revision\":1,\"choice\":[\"T\"]}",
		"surrogate":    `{"item":"\ud800","revision":1,"choice":["T"]}`,
		"trailing":     `{"item":"1","revision":1,"choice":["T"]}{}`,
		"ID number":    `{"item":"` + number + `","revision":1,"choice":["` + number + `"]}`,
		"many choices": `{"item":"1","revision":1,"choice":[` + strings.TrimSuffix(strings.Repeat(`"A",`, 5000), ",") + `]}`,
	} {
		a := p[0].Do(http.MethodPost, answer, body)
		require.GreaterOrEqual(t, a.Status, 400, name)
		require.Less(t, a.Status, 500, "%s: %s", name, a.Body)
		require.NotContains(t, a.Body, number, "no input comes back")
		require.Contains(t, a.Header.Get("Content-Type"), "problem+json", name)
	}
	require.Equal(t, http.StatusRequestEntityTooLarge, p[0].Do(http.MethodPost, answer, strings.Repeat(" ", 65<<10)).Status)
	require.Empty(t, h.Records(wire.KindAnswer))
	require.Equal(t, http.StatusOK, p[0].Do(http.MethodPost, answer, `{"item":"1","revision":1,"choice":["T"]}`).Status)
}

// TestSignatures covers B.6 6: changed bodies, targets, counters and sessions.
func TestSignatures(t *testing.T) {
	t.Parallel()
	h, p := running(t, 2)
	body := `{"item":"1","revision":1,"choice":["T"]}`
	good := func() *http.Request {
		return apptest.Signed(p[0].Session.ID, p[0].Key, 7, http.MethodPost, answer, body)
	}
	for name, spoil := range map[string]func(r *http.Request) *http.Request{
		"no headers": func(*http.Request) *http.Request { return apptest.Request(http.MethodPost, answer, body) },
		"other body": func(r *http.Request) *http.Request {
			n := apptest.Request(http.MethodPost, answer, strings.Replace(body, "T", "F", 1))
			n.Header = r.Header
			return n
		},
		"other target": func(r *http.Request) *http.Request {
			n := apptest.Request(http.MethodPost, "/terminal/v1/answers", body)
			n.Header = r.Header
			return n
		},
		"query added": func(r *http.Request) *http.Request {
			n := apptest.Request(http.MethodPost, answer+"?x=1", body)
			n.Header = r.Header
			return n
		},
		"counter raised": func(r *http.Request) *http.Request { r.Header.Set("X-Huyun-Counter", "8"); return r },
		"counter zero":   func(r *http.Request) *http.Request { r.Header.Set("X-Huyun-Counter", "0"); return r },
		"counter large":  func(r *http.Request) *http.Request { r.Header.Set("X-Huyun-Counter", "9223372036854775815"); return r },
		"other session":  func(r *http.Request) *http.Request { r.Header.Set("X-Huyun-Session", p[1].Session.ID); return r },
		"unknown session": func(r *http.Request) *http.Request {
			r.Header.Set("X-Huyun-Session", strings.Repeat("0", 32))
			return r
		},
		"cut MAC": func(r *http.Request) *http.Request { r.Header.Set("X-Huyun-MAC", "00"); return r },
		"two MACs": func(r *http.Request) *http.Request {
			r.Header.Add("X-Huyun-MAC", r.Header.Get("X-Huyun-MAC"))
			return r
		},
	} {
		a := h.Serve(spoil(good()))
		require.Equal(t, http.StatusUnauthorized, a.Status, "%s: %s", name, a.Body)
	}
	require.Empty(t, h.Records(wire.KindAnswer))
	require.Equal(t, http.StatusOK, h.Serve(good()).Status)
	require.Equal(t, http.StatusOK, h.Serve(good()).Status, "the same request again has the same receipt")
	require.Len(t, h.Records(wire.KindAnswer), 1)

	old := h.Serve(apptest.Signed(p[0].Session.ID, p[0].Key, 3, http.MethodPost, answer, body))
	require.Equal(t, "exam.session.replay", old.Code())
	require.Equal(t, "7", old.Header.Get("X-Huyun-Counter"), "tells the terminal where to go on")
}

func TestStateWaitsForAChange(t *testing.T) {
	t.Parallel()
	h, p := running(t, 1)
	var st struct {
		Version string
		Paused  bool
		State   string
	}
	p[0].Do(http.MethodGet, "/terminal/v1/state", nil).Into(h, &st)
	require.Equal(t, "running", st.State)
	answered := make(chan apptest.Answer)
	go func() { answered <- p[0].Do(http.MethodGet, "/terminal/v1/state?wait=25&seen="+st.Version, nil) }()
	require.NoError(t, h.Time.Await(t.Context(), 2), "it waits")
	require.NoError(t, h.Attempts.SetPaused(h.Ctx(), apptest.Sitting, "", "火警", true))
	(<-answered).Into(h, &st)
	require.True(t, st.Paused)
}

func TestQuestionPicturesAndPapersStayWithTheirSeat(t *testing.T) {
	t.Parallel()
	h, p := running(t, 1)
	require.Equal(t, http.StatusNotFound, p[0].Do(http.MethodGet, "/terminal/v1/pictures/"+strings.Repeat("a", 64), nil).Status)
	old := *p[0]
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, p[0].Session.Attempt, "", "A02", "换机"))
	for _, target := range []string{"/terminal/v1/paper", "/terminal/v1/state", "/terminal/v1/candidate", "/terminal/v1/candidate/photo"} {
		a := old.Do(http.MethodGet, target, nil)
		require.Equal(t, "exam.session.fenced", a.Code(), target)
	}
}

func TestLoginsAreSlowedDown(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	h.Admit(0)
	term, key := h.Pair(0)
	try := func(n uint64, admission, id string) string {
		return h.Serve(apptest.Signed(term.ID, key, n, http.MethodPost, "/terminal/v1/login",
			map[string]string{"admission": admission, "id_number": id})).Code()
	}
	unknown := try(1, "20269999", "1234")
	require.Equal(t, "seating.login.wrong", unknown)
	require.Equal(t, unknown, try(2, apptest.Admission(0), "9999"), "an unknown number and a wrong one read alike")
	for n := range uint64(3) {
		require.Equal(t, "seating.login.wrong", try(3+n, apptest.Admission(0), "9999"))
	}
	require.Equal(t, "seating.try.later", try(9, apptest.Admission(0), apptest.IDNumber(0)))
	h.Time.Advance(61 * time.Second)
	require.Empty(t, try(10, apptest.Admission(0), apptest.IDNumber(0)))
	require.Equal(t, "exam.session.replay", try(10, apptest.Admission(0), apptest.IDNumber(0)), "a recorded login cannot be played again")
}

func TestHeartbeatsMarkWhoIsAway(t *testing.T) {
	t.Parallel()
	h, p := running(t, 1)
	beat := func(focus bool) {
		body, err := json.Marshal(map[string]any{"focus": focus, "visible": true, "camera": true, "pending": 0})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p[0].Do(http.MethodPost, "/terminal/v1/heartbeat", string(body)).Status)
	}
	beat(true)
	beat(false)
	beat(true)
	beat(false)
	alarms := apptest.Bodies[wire.Alarm](h, wire.KindAlarm)
	require.Len(t, alarms, 1, fmt.Sprint(alarms))
	require.Equal(t, "terminal.away", alarms[0].Code)
}

// TestAnotherSeatGoesOnAtTheSameQuestion: what the old machine's heartbeat said
// comes with the paper at the new one.
func TestAnotherSeatGoesOnAtTheSameQuestion(t *testing.T) {
	t.Parallel()
	h, p := running(t, 1)
	var paper struct{ Place *attempt.Place }
	p[0].Do(http.MethodGet, "/terminal/v1/paper", nil).Into(h, &paper)
	require.Nil(t, paper.Place)
	beat := map[string]any{"focus": true, "visible": true, "camera": true, "pending": 0, "item": "4", "flagged": []string{"2", "7"}}
	require.Equal(t, http.StatusOK, p[0].Do(http.MethodPost, "/terminal/v1/heartbeat", beat).Status)
	beat["item"] = "99"
	require.Equal(t, "exam.answer.item", p[0].Do(http.MethodPost, "/terminal/v1/heartbeat", beat).Code())
	before := len(h.Records(wire.KindAnswer))

	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, p[0].Session.Attempt, "", "A02", "换机"))
	p[0].Terminal, p[0].TermKey = h.Pair(1)
	p[0].Login()
	p[0].Do(http.MethodGet, "/terminal/v1/paper", nil).Into(h, &paper)
	require.Equal(t, &attempt.Place{Item: "4", Flagged: []string{"2", "7"}, Seat: "A01"}, paper.Place)
	require.Len(t, h.Records(wire.KindAnswer), before, "it is not a record")
}
