package online_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Another site's page posts the ticket that it got for its own account: nobody was
// asked anything.
func TestAnotherSitesPageConfirmsNothing(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, ct := range []string{"text/plain", "", "application/x-www-form-urlencoded", "text/plain;charset=utf-8"} {
		d.accounts["token-evil"] = citizen()
		a := d.arrive(t, "token-evil", nil)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/own/session/confirm", strings.NewReader(`{"ticket":"`+a.Ticket+`"}`))
		if ct != "" {
			r.Header.Set("Content-Type", ct)
		}
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		rec := httptest.NewRecorder()
		d.web.ServeHTTP(rec, r)
		t.Log(ct, rec.Code, rec.Header()["Set-Cookie"])
		require.NotEqual(t, http.StatusOK, rec.Code, ct)
	}
}

// Another tab signed on somebody else since whose account it is was asked: the
// question has to be asked again, their session does not just end.
func TestWhoCameMeanwhileIsAskedAbout(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.accounts["token-mine"] = citizen()
	other := citizen()
	other.Name, other.IDNo = "李四方", "310104198808080032"
	d.accounts["token-other"] = other
	a := d.arrive(t, "token-mine", nil)
	require.Equal(t, "NOBODY", a.Here)
	theirs := d.in(t, "token-other").Result().Cookies()[0]
	rec := d.confirm(t, a.Ticket, theirs)
	require.NotEqual(t, http.StatusOK, rec.Code, "nobody told that 李四方 would be signed off")
	require.Equal(t, http.StatusOK, d.do(t, http.MethodGet, "/api/v1/own/session", "", theirs, "").Code)
}
