package fault

import (
	"fmt"
	"net/http"
)

// Kind says what sort of failure it is: which HTTP status, and whether doing
// the same thing again can help. The zero Kind is no kind at all and is treated
// as Internal, so a forgotten field cannot turn into a success.
type Kind uint8

// The kinds. Their names travel in link replies: only ever add.
const (
	Invalid         Kind = iota + 1 // the request is wrong in itself
	Unauthenticated                 // we do not know who asks
	Forbidden                       // we know, and they may not
	NotFound                        // no such thing, or not visible to them
	Conflict                        // somebody else was there first
	Precondition                    // not in this state
	TooLarge                        // more than we take in one piece
	TooMany                         // too often; wait
	Unavailable                     // a part is down; the same request may work later
	Internal                        // ours
	Method                          // there is such a thing, but nobody does this to it
	Slow                            // the sender did not send everything in time
	Abandoned                       // the sender went away; nobody reads the answer
)

// statusAbandoned has no name in net/http: proxies log it for a client that hung up.
const statusAbandoned = 499

var kinds = [...]struct {
	name   string
	status int
}{
	Invalid:         {"invalid", http.StatusBadRequest},
	Unauthenticated: {"unauthenticated", http.StatusUnauthorized},
	Forbidden:       {"forbidden", http.StatusForbidden},
	NotFound:        {"not_found", http.StatusNotFound},
	Conflict:        {"conflict", http.StatusConflict},
	Precondition:    {"precondition", http.StatusPreconditionFailed},
	TooLarge:        {"too_large", http.StatusRequestEntityTooLarge},
	TooMany:         {"too_many", http.StatusTooManyRequests},
	Unavailable:     {"unavailable", http.StatusServiceUnavailable},
	Internal:        {"internal", http.StatusInternalServerError},
	Method:          {"method", http.StatusMethodNotAllowed},
	Slow:            {"slow", http.StatusRequestTimeout},
	Abandoned:       {"abandoned", statusAbandoned},
}

func (k Kind) valid() bool { return k >= Invalid && int(k) < len(kinds) }

// HTTP is the status of this kind; 500 for a kind that does not exist.
func (k Kind) HTTP() int {
	if !k.valid() {
		return http.StatusInternalServerError
	}
	return kinds[k].status
}

// String is the name used on the wire and in logs.
func (k Kind) String() string {
	if !k.valid() {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kinds[k].name
}

// ParseKind reads a name made by String; false for one we do not know.
func ParseKind(name string) (Kind, bool) {
	for k := Invalid; k.valid(); k++ {
		if kinds[k].name == name {
			return k, true
		}
	}
	return 0, false
}

// Temporary reports whether the same request, unchanged, can succeed later.
func (k Kind) Temporary() bool { return k == Unavailable || k == TooMany || k == Slow }

// Ours reports whether operators have to look: what the sender did is not ours.
func (k Kind) Ours() bool { return k == Internal || k == Unavailable }

// Invalidf makes an Invalid fault; the others below likewise for their kind.
// The text takes arguments as fmt.Sprintf does.
func Invalidf(code, text string, args ...any) *Error { return Newf(Invalid, code, text, args...) }

// Unauthenticatedf makes an Unauthenticated fault.
func Unauthenticatedf(code, text string, args ...any) *Error {
	return Newf(Unauthenticated, code, text, args...)
}

// Forbiddenf makes a Forbidden fault.
func Forbiddenf(code, text string, args ...any) *Error { return Newf(Forbidden, code, text, args...) }

// NotFoundf makes a NotFound fault.
func NotFoundf(code, text string, args ...any) *Error { return Newf(NotFound, code, text, args...) }

// Conflictf makes a Conflict fault.
func Conflictf(code, text string, args ...any) *Error { return Newf(Conflict, code, text, args...) }

// Preconditionf makes a Precondition fault.
func Preconditionf(code, text string, args ...any) *Error {
	return Newf(Precondition, code, text, args...)
}

// TooLargef makes a TooLarge fault.
func TooLargef(code, text string, args ...any) *Error { return Newf(TooLarge, code, text, args...) }

// TooManyf makes a TooMany fault.
func TooManyf(code, text string, args ...any) *Error { return Newf(TooMany, code, text, args...) }

// Unavailablef makes an Unavailable fault.
func Unavailablef(code, text string, args ...any) *Error {
	return Newf(Unavailable, code, text, args...)
}

// Internalf makes an Internal fault with a text of its own; prefer returning
// the plain error and letting From word it.
func Internalf(code, text string, args ...any) *Error { return Newf(Internal, code, text, args...) }
