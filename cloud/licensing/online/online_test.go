package online_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/licensing/online"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

const driver = "310101198501010014"

// door is an applicants' door whose platform knows one token of each account.
type door struct {
	*examtest.World
	*online.Service
	web      *web.Web
	visits   *appointment.Service
	accounts map[string]online.User
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{World: examtest.New(t), accounts: map[string]online.User{}}
	matters := matter.New(d.DB, d.Keys, d.Audit, d.Clock)
	require.NoError(t, matters.Load(t.Context(), matter.Files()))
	people := practitioner.New(d.DB, d.Keys, d.Audit, d.Clock)
	sanctions := sanction.New(d.DB, d.Keys, d.Audit, d.Clock, slog.New(slog.DiscardHandler))
	letters, err := letter.New(d.DB, d.Keys, d.Audit, d.Clock, letter.DefaultAgency())
	require.NoError(t, err)
	cases := application.New(application.Parts{
		DB: d.DB, Keys: d.Keys, Audit: d.Audit, Blobs: d.Blobs, Clock: d.Clock, Matters: matters, People: people, Sanctions: sanctions, Letters: letters,
		Credits: credit.New(d.DB, d.Keys, d.Audit, d.Clock, nil, nil),
	})
	d.visits = appointment.New(d.DB, d.Keys, d.Audit, d.Blobs, d.Clock)
	d.visits.Matters = func() []appointment.Matter {
		return []appointment.Matter{{Code: "RT01", ItemCode: "310190001001", Name: "客货运申领", Group: "ROAD"}}
	}
	d.visits.Groups = func() []appointment.Word { return []appointment.Word{{Code: "ROAD", Name: "客货运"}} }
	d.Service = online.New(online.Parts{
		DB: d.DB, Keys: d.Keys, Audit: d.Audit, Clock: d.Clock, Log: slog.New(slog.DiscardHandler), Cases: cases, Matters: matters, People: people, Sanctions: sanctions,
		Visiting: d.visits, SignOn: func(_ context.Context, token string) (online.User, error) {
			u, ok := d.accounts[token]
			delete(d.accounts, token)
			if !ok {
				return u, fault.New(fault.Unauthenticated, "onestop.token", "登录凭据已失效")
			}
			return u, nil
		},
	})
	d.web = web.New(web.Options{Title: "网上申请", Version: "1", Auth: d.Service, Log: slog.New(slog.DiscardHandler)})
	online.Register(d.web, d.Service)
	return d
}

func citizen() online.User {
	return online.User{ID: "U1", Kind: online.Citizen, Level: 3, Account: application.Account{Name: "张建国", IDNo: driver, Mobile: "13900001234"}}
}

func (d *door) do(t *testing.T, method, path, body string, cookie *http.Cookie, csrf string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if cookie != nil {
		r.AddCookie(cookie)
		r.Header.Set("X-Huyun-CSRF", csrf)
	}
	rec := httptest.NewRecorder()
	d.web.ServeHTTP(rec, r)
	return rec
}

// arrive comes with a token, and with the session that the browser has.
func (d *door) arrive(t *testing.T, token string, has *http.Cookie) online.Arrived {
	t.Helper()
	rec := d.do(t, http.MethodPost, "/api/v1/own/session", `{"token_sno":"`+token+`"}`, has, "")
	require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
	require.Empty(t, rec.Result().Cookies(), "nobody is signed on yet")
	require.NotContains(t, rec.Body.String(), driver)
	require.NotContains(t, rec.Body.String(), "张建国")
	return examtest.Decode[online.Arrived](t, rec.Body.Bytes())
}

func (d *door) confirm(t *testing.T, ticket string, has *http.Cookie) *httptest.ResponseRecorder {
	t.Helper()
	return d.do(t, http.MethodPost, "/api/v1/own/session/confirm", `{"ticket":"`+ticket+`"}`, has, "")
}

// in arrives and says that it is they.
func (d *door) in(t *testing.T, token string) *httptest.ResponseRecorder {
	t.Helper()
	rec := d.confirm(t, d.arrive(t, token, nil).Ticket, nil)
	require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
	return rec
}

// A link logs in whoever's token it carries: whose account it is is asked before
// anything is opened or written, and a session that is open stays until it is
// answered.
func TestALinkAsksWhoseItIs(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.accounts["token-mine"], d.accounts["token-again"] = citizen(), citizen()
	other := citizen()
	other.Name, other.IDNo = "李四方", "310104198808080032"
	d.accounts["token-other"], d.accounts["token-late"] = other, other
	count := func(sql string) (n int) {
		require.NoError(t, d.DB.QueryRow(t.Context(), sql).Scan(&n))
		return n
	}
	files := count(`SELECT count(*) FROM practitioner`)
	a := d.arrive(t, "token-mine", nil)
	require.Equal(t, []string{"310***********0014", "NOBODY", ""}, []string{a.IDNo, a.Here, a.Who})
	require.NotContains(t, a.Name, "建")
	require.Equal(t, []int{files, 0}, []int{count(`SELECT count(*) FROM practitioner`), count(`SELECT count(*) FROM online_session`)}, "nothing is written")
	require.Equal(t, http.StatusUnauthorized, d.confirm(t, "another-ticket", nil).Code)
	rec := d.confirm(t, a.Ticket, nil)
	require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
	require.Equal(t, http.StatusUnauthorized, d.confirm(t, a.Ticket, nil).Code, "once")
	mine := rec.Result().Cookies()[0]
	require.Equal(t, "SAME", d.arrive(t, "token-again", mine).Here)

	b := d.arrive(t, "token-other", mine)
	require.Equal(t, "OTHER", b.Here)
	require.NotEmpty(t, b.Who)
	require.Equal(t, http.StatusOK, d.do(t, http.MethodGet, "/api/v1/own/session", "", mine, "").Code, "still signed on")
	late := d.arrive(t, "token-late", mine)
	require.Equal(t, http.StatusOK, d.confirm(t, b.Ticket, mine).Code)
	require.Equal(t, http.StatusUnauthorized, d.do(t, http.MethodGet, "/api/v1/own/session", "", mine, "").Code, "switched")
	d.Clock.Advance(11 * time.Minute)
	require.Equal(t, "online.ticket", examtest.Code(t, d.confirm(t, late.Ticket, nil).Body.Bytes()))
}

func TestATokenOpensOneSession(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.accounts["token-0001"] = citizen()
	rec := d.in(t, "token-0001")
	require.NotContains(t, rec.Body.String(), driver)
	cookie := rec.Result().Cookies()[0]
	require.True(t, cookie.HttpOnly)
	csrf := between(rec.Body.String(), `"csrf":"`, `"`)

	require.Equal(t, http.StatusOK, d.do(t, http.MethodGet, "/api/v1/own/session", "", cookie, csrf).Code)
	require.Equal(t, http.StatusUnauthorized, d.do(t, http.MethodPost, "/api/v1/own/session", `{"token_sno":"token-0001"}`, nil, "").Code, "a token is good once")
	require.Equal(t, http.StatusUnauthorized, d.do(t, http.MethodGet, "/api/v1/own/cases", "", nil, "").Code)
	rec = d.do(t, http.MethodDelete, "/api/v1/own/session", "", cookie, "wrong")
	require.Equal(t, http.StatusForbidden, rec.Code, "another site's page")
	require.Equal(t, http.StatusNoContent, d.do(t, http.MethodDelete, "/api/v1/own/session", "", cookie, csrf).Code)
	rec = d.do(t, http.MethodGet, "/api/v1/own/session", "", cookie, csrf)
	require.Equal(t, http.StatusUnauthorized, rec.Code)
	require.Contains(t, rec.Body.String(), "一网通办", "says where to go")
}

// A session that somebody made another person's, or another token's, is nobody's;
// whoever had it comes again.
func TestAnEditedSessionIsNobodys(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]string{
		"person": `person = (SELECT id FROM practitioner WHERE id <> person LIMIT 1)`, "kind": `kind = 'COMPANY'`, "level": `level = 9`, "opened": `opened_at = opened_at + interval '1 second'`,
		"token": `token_hash = sha256('x')`, "no mac": `mac = NULL`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			other := citizen()
			other.Name, other.IDNo = "李四方", "310104198808080032"
			d.accounts["token-0001"], d.accounts["token-0002"], d.accounts["token-0003"] = other, citizen(), citizen()
			d.in(t, "token-0001")
			cookie := d.in(t, "token-0002").Result().Cookies()[0]
			sound := func() int {
				list, err := d.Prove(t.Context(), d.DB)
				require.NoError(t, err)
				return list[0].Rows - list[0].Wrong
			}
			require.Equal(t, 2, sound())
			require.Equal(t, http.StatusOK, d.do(t, http.MethodGet, "/api/v1/own/session", "", cookie, "").Code)
			tag, err := d.DB.Exec(t.Context(), `UPDATE online_session SET `+edit+` WHERE id = (SELECT max(id) FROM online_session)`)
			require.NoError(t, err)
			require.EqualValues(t, 1, tag.RowsAffected())
			require.Equal(t, http.StatusUnauthorized, d.do(t, http.MethodGet, "/api/v1/own/session", "", cookie, "").Code)
			require.Equal(t, 1, sound())
			d.in(t, "token-0003")
		})
	}
}

// A request reads its session once, at the door.
func TestASessionIsReadOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.accounts["token-0001"] = citizen()
	rec := d.in(t, "token-0001")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.AddCookie(rec.Result().Cookies()[0])
	actor, err := d.Service.Authenticate(t.Context(), r)
	require.NoError(t, err)
	_, err = d.DB.Exec(t.Context(), `DELETE FROM online_session`)
	require.NoError(t, err)
	who, err := d.Who(auth.With(t.Context(), actor))
	require.NoError(t, err)
	require.Equal(t, "张建国", who.Name)
	_, err = d.Who(t.Context())
	require.Error(t, err)
}

func TestASessionEndsByItself(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	open := func(token string) (*http.Cookie, string) {
		d.accounts[token] = citizen()
		rec := d.in(t, token)
		return rec.Result().Cookies()[0], between(rec.Body.String(), `"csrf":"`, `"`)
	}
	idle, csrf := open("token-0001")
	d.Clock.Advance(31 * time.Minute)
	require.Equal(t, http.StatusUnauthorized, d.do(t, http.MethodGet, "/api/v1/own/cases", "", idle, csrf).Code)
	busy, csrf := open("token-0002")
	for range 24 {
		d.Clock.Advance(19 * time.Minute)
		require.Equal(t, http.StatusOK, d.do(t, http.MethodGet, "/api/v1/own/cases", "", busy, csrf).Code)
	}
	d.Clock.Advance(25 * time.Minute)
	require.Equal(t, http.StatusUnauthorized, d.do(t, http.MethodGet, "/api/v1/own/cases", "", busy, csrf).Code, "eight hours at most")
}

// Who is not known for real may not apply; a company may not do what a person may.
func TestWhoMayApply(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	low := citizen()
	low.Level = 1
	d.accounts["token-0001"] = low
	rec := d.do(t, http.MethodPost, "/api/v1/own/session", `{"token_sno":"token-0001"}`, nil, "")
	require.Equal(t, http.StatusForbidden, rec.Code)
	require.Contains(t, rec.Body.String(), "online.level")
	firm := citizen()
	firm.Kind, firm.Org, firm.USCC = online.Company, "浦东公交（演示）有限公司", "91310000MA1FL0000X"
	d.accounts["token-0002"] = firm
	rec = d.in(t, "token-0002")
	require.Equal(t, http.StatusOK, rec.Code)
	cookie, csrf := rec.Result().Cookies()[0], between(rec.Body.String(), `"csrf":"`, `"`)
	for _, path := range []string{"/api/v1/own/cases", "/api/v1/own/matters/RT04"} {
		rec = d.do(t, http.MethodGet, path, "", cookie, csrf)
		require.Equal(t, http.StatusForbidden, rec.Code)
		require.Equal(t, "online.person", examtest.Code(t, rec.Body.Bytes()))
		require.Contains(t, rec.Body.String(), "须由个人办理", "a company has no administrator to ask")
	}
	rec = d.do(t, http.MethodGet, "/api/v1/own/matters", "", cookie, csrf)
	require.Equal(t, http.StatusOK, rec.Code, "it is told the name of what it came for")
	require.Contains(t, rec.Body.String(), "RT04")
}

// A matter that wants a passed exam says so, and where to enrol, before it is begun.
func TestAnExamIsAskedForAtTheDoor(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.accounts["token-0001"] = citizen()
	rec := d.in(t, "token-0001")
	cookie, csrf := rec.Result().Cookies()[0], between(rec.Body.String(), `"csrf":"`, `"`)
	asks := func() online.Introduction {
		rec := d.do(t, http.MethodGet, "/api/v1/own/matters/RT01", "", cookie, csrf)
		require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
		return examtest.Decode[online.Introduction](t, rec.Body.Bytes())
	}
	before := asks()
	require.Len(t, before.Untaken, 2)
	require.Equal(t, "EX01", before.Enrol)
	require.Empty(t, before.Why, "a draft may lie there until the results are in")
	id, err := person.ParseID(driver)
	require.NoError(t, err)
	d.Passed(id, "张建国", "02001")
	after := asks()
	require.Len(t, after.Untaken, 1)
	require.Equal(t, "01001", after.Untaken[0].Category)
}

// Every operation but the three by which one comes in needs a session.
func TestNothingIsOpen(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, op := range d.web.Operations() {
		switch op.Perm {
		case web.Public:
			require.Contains(t, []string{"online.about", "online.session.open", "online.session.confirm"}, op.ID)
		case web.SignedIn:
			require.Contains(t, []string{"online.session.show", "online.session.close", "online.matter.list"}, op.ID)
		default:
			require.Contains(t, []string{application.PermOwn, application.PermCompany}, op.Perm, op.ID)
			path := strings.NewReplacer("{id}", "x", "{code}", "RT04").Replace(op.Path)
			require.Equal(t, http.StatusUnauthorized, d.do(t, op.Method, path, "{}", nil, "").Code, op.ID)
		}
	}
	require.Empty(t, d.web.Undeclared())
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
