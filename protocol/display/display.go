// Package display answers files to browsers: those that people uploaded, those that
// devices sent, and those that we made. Centre and venue use it for every one of
// them, because each could be opened in a page's own origin.
//
// What a file is, is read from its bytes, never from what somebody wrote down of
// it; only what cannot run in a page is shown, the rest is offered for saving. The
// policy takes the file out of our origin even so: Chromium and Firefox show PDFs
// and pictures under it, a page or an SVG that got here would do nothing.
package display

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Policy is the Content-Security-Policy of every file.
const Policy = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const octets = "application/octet-stream"

// inline are the kinds that are shown, with the plain name of one for old readers.
var inline = map[string]string{"application/pdf": "sheet.pdf", "image/jpeg": "picture.jpg", "image/png": "picture.png"} //nolint:gochecknoglobals // a table

// Kind is what a file is to a browser, by its bytes: one of three that are shown,
// or a row of octets.
func Kind(data []byte) string {
	kind := http.DetectContentType(data)
	if _, ok := inline[kind]; ok {
		return kind
	}
	return octets
}

// File answers a file under its name, which may be empty.
func File(w http.ResponseWriter, name string, data []byte) {
	kind := Kind(data)
	plain, shown := inline[kind]
	if shown {
		headers(w.Header(), kind, "inline", plain, name)
	} else {
		headers(w.Header(), kind, "attachment", "file", name)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data) // whoever asked is gone
}

// Saved sets what a file is answered with that is only to be saved.
func Saved(h http.Header, kind, plain, name string) { headers(h, kind, "attachment", plain, name) }

func headers(h http.Header, kind, how, plain, name string) {
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", Policy)
	h.Set("Content-Disposition", Disposition(how, plain, name))
}

// Disposition names a file: old readers get the plain name.
func Disposition(how, plain, name string) string {
	out := mime.FormatMediaType(how, map[string]string{"filename": plain})
	if name = clean(name); name != "" {
		out += "; filename*=UTF-8''" + url.PathEscape(name)
	}
	return out
}

// clean keeps control characters and paths out of a name.
func clean(name string) string {
	r := slices.DeleteFunc([]rune(name), func(r rune) bool { return r < ' ' || r == 0x7f || r == '/' || r == '\\' })
	return string(r)
}
