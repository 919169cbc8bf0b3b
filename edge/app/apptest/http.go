package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/envelope"
)

// Answer is what came back over HTTP.
type Answer struct {
	Status int
	Body   string
	Header http.Header
}

// Code is the fault code of a refusal.
func (a Answer) Code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(a.Body), &p)
	return p.Code
}

// Into decodes a success.
func (a Answer) Into(h *House, v any) {
	h.T.Helper()
	require.Less(h.T, a.Status, 300, a.Body)
	require.NoError(h.T, json.Unmarshal([]byte(a.Body), v), a.Body)
}

// Serve sends one request to the whole venue.
func (h *House) Serve(r *http.Request) Answer {
	rec := httptest.NewRecorder()
	h.Handler().ServeHTTP(rec, r)
	return Answer{Status: rec.Code, Body: rec.Body.String(), Header: rec.Result().Header}
}

func reader(body any) (io.Reader, string) {
	switch b := body.(type) {
	case nil:
		return http.NoBody, ""
	case string:
		return bytes.NewBufferString(b), "application/json"
	case []byte:
		return bytes.NewReader(b), "image/jpeg"
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(raw), "application/json"
}

// Request builds a request; a body of string or []byte is taken as it is.
func Request(method, target string, body any) *http.Request {
	in, kind := reader(body)
	r := httptest.NewRequest(method, target, in)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// Signed builds a request signed by a key.
func Signed(session string, key []byte, counter uint64, method, target string, body any) *http.Request {
	in, kind := reader(body)
	raw, err := io.ReadAll(in)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(method, target, bytes.NewReader(raw))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	envelope.Request{Session: session, Counter: counter, MAC: envelope.SignRequest(key, method, target, raw, counter)}.Set(r.Header)
	return r
}

// Do sends a request of the person's session.
func (p *Person) Do(method, target string, body any) Answer {
	p.House.T.Helper()
	p.counter++
	return p.House.Serve(Signed(p.Session.ID, p.Key, p.counter, method, target, body))
}

// DoWith is Do through a handler that is kept, for benchmarks.
func (p *Person) DoWith(handler http.Handler, method, target string, body any) Answer {
	p.counter++
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, Signed(p.Session.ID, p.Key, p.counter, method, target, body))
	return Answer{Status: rec.Code, Body: rec.Body.String(), Header: rec.Result().Header}
}

// Client is somebody signed in at the proctor's console.
type Client struct {
	House  *House
	Cookie *http.Cookie
	CSRF   string
}

// SignIn signs a member of staff in.
func (h *House) SignIn(username string) *Client {
	h.T.Helper()
	a := h.Serve(Request(http.MethodPost, "/proctor/v1/login", map[string]string{"username": username, "password": Password}))
	require.Equal(h.T, http.StatusOK, a.Status, a.Body)
	var me struct{ CSRF string }
	a.Into(h, &me)
	res := http.Response{Header: a.Header}
	require.Len(h.T, res.Cookies(), 1)
	return &Client{House: h, Cookie: res.Cookies()[0], CSRF: me.CSRF}
}

// Do sends a request of the signed-in person.
func (c *Client) Do(method, target string, body any) Answer {
	r := Request(method, target, body)
	r.AddCookie(c.Cookie)
	r.Header.Set("X-Huyun-CSRF", c.CSRF)
	return c.House.Serve(r)
}

// Counter is the number the person's next request will carry, as text.
func (p *Person) Counter() string { return strconv.FormatUint(p.counter+1, 10) }
