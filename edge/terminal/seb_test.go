package terminal_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/seb"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

const origin = "http://example.com" // httptest's

// inHall is a sitting that asks for SEB in some way, opened, with the candidate
// of A01 admitted and their terminal paired.
func inHall(t *testing.T, mode string) (*apptest.House, *apptest.Person) {
	t.Helper()
	h := apptest.New(t, 1)
	h.SEB = mode
	h.Staff()
	h.Opened()
	h.Admit(0)
	p := &apptest.Person{House: h}
	p.Terminal, p.TermKey = h.Pair(0)
	return h, p
}

func login(h *apptest.House, p *apptest.Person, counter uint64, header, value string) apptest.Answer {
	body := map[string]string{"admission": apptest.Admission(0), "id_number": apptest.IDNumber(0)}
	r := apptest.Signed(p.Terminal.ID, p.TermKey, counter, http.MethodPost, "/terminal/v1/login", body)
	if header != "" {
		r.Header.Set(header, value)
	}
	return h.Serve(r)
}

func seat(t *testing.T, h *apptest.House) supervise.Seat {
	t.Helper()
	var board struct{ Seats []supervise.Seat }
	h.SignIn("proctor").Do(http.MethodGet, "/proctor/v1/sittings/"+apptest.Sitting+"/board", nil).Into(h, &board)
	return board.Seats[0]
}

func TestASittingThatRequiresSEB(t *testing.T) {
	t.Parallel()
	h, p := inHall(t, wire.SEBRequire)
	key := h.Seating.SEB(apptest.Sitting, origin).Key()
	const at = origin + "/terminal/v1/login"

	for counter, c := range []struct{ header, value, shown string }{
		{"", "", supervise.SEBNone},
		{seb.Header, seb.Shown(origin+"/terminal/v1/hello", key), supervise.SEBOther}, // of another request
		{seb.Header, seb.Shown(at, h.Seating.SEB("another", origin).Key()), supervise.SEBOther},
		{seb.PageHeader, seb.Shown(at, key), supervise.SEBOther}, // not over the page
	} {
		before := len(h.Records(wire.KindLogin))
		a := login(h, p, uint64(counter+1), c.header, c.value) //nolint:gosec // small
		require.Equal(t, "seating.login.seb", a.Code(), a.Body)
		require.Contains(t, a.Body, "请举手")
		require.Len(t, h.Records(wire.KindLogin), before)
		require.Equal(t, c.shown, seat(t, h).SEB)
	}
	a := login(h, p, 10, seb.Header, seb.Shown(at, key))
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	require.Equal(t, supervise.SEBUsed, seat(t, h).SEB)
	a = login(h, p, 11, seb.PageHeader, seb.Shown(seb.Page(origin), key))
	require.Equal(t, http.StatusOK, a.Status, "what SEB's JavaScript interface says of the page: %s", a.Body)
}

func TestAProctorAllowsASeatWithoutSEB(t *testing.T) {
	t.Parallel()
	h, p := inHall(t, wire.SEBRequire)
	path := "/proctor/v1/sittings/" + apptest.Sitting + "/seb/allow"
	c := h.SignIn("proctor")
	require.Equal(t, "seating.seb.reason", c.Do(http.MethodPost, path, map[string]string{"seat": "A01", "reason": " "}).Code())
	require.Equal(t, "seating.seat.unknown", c.Do(http.MethodPost, path, map[string]string{"seat": "Z99", "reason": "坏了"}).Code())
	require.Equal(t, "seating.login.seb", login(h, p, 1, "", "").Code())
	require.Equal(t, http.StatusNoContent, c.Do(http.MethodPost, path, map[string]string{"seat": "A01", "reason": "SEB 无法启动"}).Status)
	require.Equal(t, http.StatusOK, login(h, p, 2, "", "").Status)
	got := seat(t, h)
	require.Equal(t, supervise.SEBNone, got.SEB, "allowed, and shown all the same")
	require.Equal(t, "SEB 无法启动", got.Allowed)
	h.View(func(r store.Reader) error {
		last, err := audit.Last(r, 20)
		require.NoError(t, err)
		for _, e := range last {
			if e.Action == "seating.seb.allow" {
				require.Equal(t, "proctor", e.Actor)
				require.Contains(t, e.Detail, "SEB 无法启动")
				return nil
			}
		}
		t.Error("the allowance is not on record")
		return nil
	})
}

// A sitting that only shows it stops nobody; one that does not ask says nothing.
func TestSEBIsShownNotPunished(t *testing.T) {
	t.Parallel()
	h, p := inHall(t, wire.SEBShow)
	require.Equal(t, http.StatusOK, login(h, p, 1, "", "").Status)
	require.Equal(t, supervise.SEBNone, seat(t, h).SEB)
	err := h.Seating.AllowSEB(h.Ctx(), apptest.Sitting, "A01", "没有必要")
	require.True(t, fault.Is(err, "seating.seb.unused"), "%v", err)

	h, p = inHall(t, "")
	require.Equal(t, http.StatusOK, login(h, p, 1, "", "").Status)
	require.Empty(t, seat(t, h).SEB)
}

func TestTheSettingsAreOffered(t *testing.T) {
	t.Parallel()
	h, _ := inHall(t, wire.SEBShow)
	c := h.SignIn("tech")
	path := "/proctor/v1/sittings/" + apptest.Sitting + "/seb"
	a := c.Do(http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	require.Equal(t, string(h.Seating.SEB(apptest.Sitting, origin).File()), a.Body)
	require.Contains(t, a.Header.Get("Content-Disposition"), ".seb")
	require.Contains(t, c.Do(http.MethodGet, path+"?base=https%3A%2F%2F10.0.0.5%3A8300%2F", nil).Body, "<string>https://10.0.0.5:8300/terminal/</string>")
	for _, bad := range []string{"ftp%3A%2F%2Fa", "https%3A%2F%2Fa%2Fb", "javascript%3Aalert(1)", "https%3A%2F%2Fu%3Ap%40a", "a"} {
		require.Equal(t, "seating.seb.base", c.Do(http.MethodGet, path+"?base="+bad, nil).Code(), bad)
	}
	key := h.Seating.SEB(apptest.Sitting, origin).Key()
	h.Restart(0)
	require.Equal(t, key, h.Seating.SEB(apptest.Sitting, origin).Key(), "the same after a restart: the files are on the machines")

	none, _ := inHall(t, "")
	require.Equal(t, "seating.seb.unused", none.SignIn("tech").Do(http.MethodGet, path, nil).Code())
}
