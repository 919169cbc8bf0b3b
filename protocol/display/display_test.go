package display_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/display"
)

// Whatever the file says of itself, only pictures and PDFs are shown, and nothing
// is shown in our origin.
func TestFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, kind, how string }{
		"pdf":      {"%PDF-1.7\n/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "application/pdf", `inline; filename=sheet.pdf; filename*=UTF-8''%E8%A1%A8.pdf`},
		"jpeg":     {"\xff\xd8\xff\xe0<script>alert(1)</script>", "image/jpeg", `inline; filename=picture.jpg; filename*=UTF-8''%E8%A1%A8.pdf`},
		"png":      {"\x89PNG\r\n\x1a\n", "image/png", `inline; filename=picture.png; filename*=UTF-8''%E8%A1%A8.pdf`},
		"html":     {"<html><script>alert(1)</script>", "application/octet-stream", `attachment; filename=file; filename*=UTF-8''%E8%A1%A8.pdf`},
		"svg":      {`<?xml version="1.0"?><svg onload="alert(1)"/>`, "application/octet-stream", `attachment; filename=file; filename*=UTF-8''%E8%A1%A8.pdf`},
		"text":     {"alert(1)", "application/octet-stream", `attachment; filename=file; filename*=UTF-8''%E8%A1%A8.pdf`},
		"nothing":  {"", "application/octet-stream", `attachment; filename=file; filename*=UTF-8''%E8%A1%A8.pdf`},
		"animated": {"GIF89a", "application/octet-stream", `attachment; filename=file; filename*=UTF-8''%E8%A1%A8.pdf`},
	} {
		w := httptest.NewRecorder()
		display.File(w, "表\r\n.pdf", []byte(c.data))
		h := w.Result().Header
		require.Equal(t, []string{c.kind, c.how, "nosniff", display.Policy}, []string{
			h.Get("Content-Type"), h.Get("Content-Disposition"), h.Get("X-Content-Type-Options"), h.Get("Content-Security-Policy"),
		}, name)
		require.Equal(t, c.data, w.Body.String())
	}
	require.Equal(t, "inline; filename=picture.png", display.Disposition("inline", "picture.png", ""))
}
