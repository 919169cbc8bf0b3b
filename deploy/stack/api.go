package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"time"
)

// Refusal is an answer that is not a success.
type Refusal struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Trace  string `json:"trace_id"`
	Body   string `json:"-"`
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s: %s %s", r.Status, r.Code, r.Title, r.Body)
}

// Client is one signed-in person at the console or the proctor's page.
type Client struct {
	Base string
	CSRF string
	http *http.Client
}

// NewClient makes a client that keeps its own cookies.
func NewClient(base string) *Client {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Client{Base: base, http: &http.Client{Jar: jar, Timeout: 2 * time.Minute}}
}

// Do sends in as JSON (nil: no body) and reads the answer into out (nil: not
// read; *[]byte: taken as it is). A refusal comes back as *Refusal.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	return c.send(ctx, method, path, "application/json", body, out)
}

// Upload sends files as a form, by the names of its parts. File names say what
// a clerk calls them; a part without one is called after itself.
func (c *Client) Upload(ctx context.Context, path string, files map[string][]byte, fileNames map[string]string, out any) error {
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	for name, data := range files {
		fileName := fileNames[name]
		if fileName == "" {
			fileName = name + fileExt(data)
		}
		part, err := form.CreateFormFile(name, fileName)
		if err != nil {
			return err
		}
		_, err = part.Write(data)
		if err != nil {
			return err
		}
	}
	err := form.Close()
	if err != nil {
		return err
	}
	return c.send(ctx, http.MethodPost, path, form.FormDataContentType(), &buf, out)
}

// Send sends a body as it is, a picture or a package.
func (c *Client) Send(ctx context.Context, method, path, kind string, body []byte, out any) error {
	return c.send(ctx, method, path, kind, bytes.NewReader(body), out)
}

// fileExt names a file by its first bytes: a workbook and a zip begin alike, so
// the receiver looks inside anyway.
func fileExt(data []byte) string {
	if bytes.HasPrefix(data, []byte("PK")) && bytes.Contains(data, []byte("xl/workbook.xml")) {
		return ".xlsx"
	}
	return ".zip"
}

func (c *Client) send(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if c.CSRF != "" {
		req.Header.Set("X-Huyun-CSRF", c.CSRF)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		r := &Refusal{Status: resp.StatusCode, Body: string(raw)}
		_ = json.Unmarshal(raw, r) // an answer that is not ours is told by Body
		return r
	}
	if file, ok := out.(*[]byte); ok {
		*file = raw
		return nil
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}
