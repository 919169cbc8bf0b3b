// Package hostile is what no browser sends (parts 1 and 2 of the list of bad
// inputs that every server of ours refuses): raw HTTP requests, and what may
// come back for them. The tests of cloud and edge send each to the servers that
// their programs run; nothing else imports it.
package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Number is an ID number that is sent and must never come back.
const Number = "310101199001010014"

// Request is bytes for a connection and the statuses that refuse them; 0 is a
// connection closed without a word.
type Request struct {
	Raw  string
	Want []int
}

// Target is what the requests are aimed at.
type Target struct {
	Post string // takes a JSON body from anybody, as a login does
	Get  string // asks who it is: 401
	Max  int    // bytes that a body may have at Post
}

// Requests returns all of them by what is wrong with them.
func (t Target) Requests() map[string]Request {
	all := t.framing()
	maps.Copy(all, t.addressing())
	maps.Copy(all, Bodies(t.Post))
	return all
}

// Start begins a request with a JSON body; what is added are further headers.
func Start(target string, headers ...string) string {
	start := "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for _, h := range headers {
		start += h + "\r\n"
	}
	return start
}

// With ends a request with its body.
func With(start, body string) string {
	return start + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// Get is a request for a page or a thing.
func Get(target string, headers ...string) string {
	head := "GET " + target + " HTTP/1.1\r\nHost: x\r\n"
	for _, h := range headers {
		head += h + "\r\n"
	}
	return head + "\r\n"
}

// framing is what is wrong with lengths and headers.
func (t Target) framing() map[string]Request {
	start := Start(t.Post)
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "X-%d: a\r\n", i)
	}
	return map[string]Request{
		"both lengths":       {start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", []int{400}},
		"length and chunked": {start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		"negative length":    {start + "Content-Length: -1\r\n\r\n", []int{400}},
		"length too short":   {start + "Content-Length: 5\r\n\r\n{\"username\":\"x\"}", []int{400}},
		"one header of 1 MB": {Get("/", "X: "+strings.Repeat("a", 1<<20)), []int{431, 0}},
		"10,000 headers":     {"GET / HTTP/1.1\r\nHost: x\r\n" + many.String() + "\r\n", []int{431, 0}},
		"no host":            {"GET /livez HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":          {Get("/livez", "Host: y"), []int{400}},
		"endless chunks":     {start + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 65536)+"\r\n", 40+t.Max>>16), []int{413, 400, 0}},
		"large body":         {start + "Content-Length: " + strconv.Itoa(t.Max+1) + "\r\n\r\n" + strings.Repeat("a", 1000), []int{413}},
		"8 MB and 1":         {start + "Content-Length: 8388609\r\n\r\n", []int{413}},
		"5 GB announced":     {start + "Content-Length: 5368709120\r\n\r\n", []int{413}},
		"bare garbage":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		"HTTP/2 unasked":     {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 404, 405, 505, 0}},
		"header with CR":     {Get("/livez", "X: a\rb"), []int{400}},
	}
}

// addressing is what is wrong with methods, targets and whom they name.
func (t Target) addressing() map[string]Request {
	gone := []int{301, 307, 308, 400, 404}
	return map[string]Request{
		"trace":             {"TRACE " + t.Get + " HTTP/1.1\r\nHost: x\r\nCookie: session=" + Number + "\r\n\r\n", []int{404, 405}},
		"connect":           {"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", []int{404, 400, 405}},
		"absolute":          {"GET http://evil" + t.Get + " HTTP/1.1\r\nHost: evil\r\n\r\n", []int{401}},
		"forged host":       {"GET " + t.Get + " HTTP/1.1\r\nHost: evil.example\r\n\r\n", []int{401}},
		"forged local":      {Get(t.Get, "X-Forwarded-For: 127.0.0.1"), []int{401}},
		"origin of another": {With(Start(t.Post, "Origin: https://evil.example"), "{}"), []int{403}},
		"origin null":       {With(Start(t.Post, "Origin: null"), "{}"), []int{403}},
		"method override":   {Get(t.Post, "X-HTTP-Method-Override: POST"), []int{401, 404, 405}},
		"two slashes":       {Get("/" + strings.ReplaceAll(t.Get, "/", "//")), append(gone, 200)}, // 200: the page, which is for anybody
		"encoded dots":      {Get(t.Get + "/%2e%2e/secret"), gone},
		"dots":              {Get("/x/.." + t.Get + "/../y"), append(gone, 200)},
		"out of the pages":  {Get("/%2e%2e/%2e%2e/etc/passwd"), gone},
		"encoded slash":     {Get("/..%2f..%2fetc%2fpasswd"), append(gone, 200)},
		"NUL in the path":   {Get(t.Get + "/%00"), []int{400, 404}},
		"NUL for a page":    {Get("/%00"), append(gone, 200)},
		"trailing dot":      {Get(t.Get + "."), []int{404}},
		"upper case":        {Get(strings.ToUpper(t.Get)), []int{404, 200}},
	}
}

// Bodies is JSON that two readers could read differently, and what is no JSON.
func Bodies(post string) map[string]Request {
	var bomb, small bytes.Buffer
	for to, plain := range map[*bytes.Buffer][]byte{&bomb: make([]byte, 10<<20), &small: []byte(`{"username":"x","password":"x"}`)} {
		z := gzip.NewWriter(to)
		_, _ = z.Write(plain) // into memory
		_ = z.Close()
	}
	list := map[string]Request{}
	for name, body := range map[string]string{
		"no body":           "",
		"one byte":          "{",
		"million items":     "[" + strings.Repeat("1,", 400_000) + "1]",
		"more than allowed": "[" + strings.Repeat("1,", 1_000_000) + "1]",
		"2^53+1":            `{"username":9007199254740993,"code":9007199254740993}`,
		"minus zero":        `{"username":-0,"code":-0}`,
		"depth 10,000":      strings.Repeat("[", 10_000),
		"same key twice":    `{"code":"` + Number + `","code":"x","username":"` + Number + `","username":"x","password":"x"}`,
		"unknown field":     `{"username":"x","password":"x","role":"chief","` + Number + `":1}`,
		"null":              `{"username":null,"password":null,"code":null}`,
		"U+0000":            `{"username":"` + Number + `\u0000","code":"` + Number + `\u0000"}`,
		"bad UTF-8":         "{\"username\":\"\xff\",\"password\":\"x\",\"code\":\"\xff\"}",
	} {
		list[name] = Request{With(Start(post), body), []int{400, 413}}
	}
	zipped := Start(post, "Content-Encoding: gzip")
	list["gzip body"] = Request{With(zipped, small.String()), []int{400, 415}}
	list["gzip bomb"] = Request{With(zipped, bomb.String()), []int{400, 413, 415}}
	return list
}
