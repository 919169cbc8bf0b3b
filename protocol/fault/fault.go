// Package fault is the one error type of the system. A fault carries what the
// program branches on (Kind, Code), what the person at the screen reads (Text,
// Chinese, saying what to do next) and the cause, which is only ever logged.
//
// Every module uses it: services return faults, platform/web maps them to RFC
// 9457 answers, the link maps them to replies and dead letters. It does not
// log, does not collect stack traces and knows no HTTP library.
package fault

import (
	"errors"
	"fmt"
)

// Error is a failure that somebody will be told about. Its fields are set once
// by a constructor and never changed, so that package-level faults are safe to
// share.
type Error struct {
	Kind Kind
	// Code is a stable dotted stem such as "exam.venue.approve.state"; screens,
	// tests and simulators compare it. It never contains user input.
	Code string
	// Text is shown to the user. It must not repeat personal data.
	Text string

	cause error
}

// The stem and text of everything that is not a fault: the user learns nothing
// of the inside, the log gets the cause.
const (
	InternalCode = "internal"
	internalText = "系统内部错误，请稍后重试或联系管理员"
)

// New makes a fault with a fixed text.
func New(kind Kind, code, text string) *Error {
	return &Error{Kind: kind, Code: code, Text: text}
}

// Newf makes a fault whose text has arguments in it. Do not pass personal data.
func Newf(kind Kind, code, format string, args ...any) *Error {
	if len(args) == 0 {
		return New(kind, code, format)
	}
	return New(kind, code, fmt.Sprintf(format, args...))
}

// With returns a copy of e that remembers what caused it. The cause may be
// anything; users never see it.
func (e *Error) With(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Withf is With for a cause that is only a sentence for the log.
func (e *Error) Withf(format string, args ...any) *Error {
	return e.With(fmt.Errorf(format, args...))
}

// Error is the line for the log: code, text and cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Code + ": " + e.Text
	}
	return e.Code + ": " + e.Text + ": " + e.cause.Error()
}

// Unwrap returns the cause, so errors.Is and errors.As see through a fault.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare faults by code: a copy made by With, or one whose
// text has other numbers in it, is still the same fault.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && t.Code == e.Code
}

// HTTP is the status to answer with.
func (e *Error) HTTP() int { return e.Kind.HTTP() }

// From returns the outermost fault in err's chain. An error that holds none
// becomes an Internal fault around it; nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e
	}
	return New(Internal, InternalCode, internalText).With(err)
}

// Is reports whether any fault in err's chain has this code.
func Is(err error, code string) bool {
	return err != nil && errors.Is(err, &Error{Code: code})
}

// KindOf is From(err).Kind; 0 for nil.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	return From(err).Kind
}
