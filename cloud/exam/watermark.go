package exam

import (
	"time"

	"huyun.internal/protocol/clock"
)

// Watermark names who looks at questions and when; pages draw it over them, so
// that a photograph of a screen says whose screen it was.
type Watermark struct {
	Username string    `json:"username"`
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
}

// Mark makes a watermark; its text is in local time.
func Mark(username, name string, at time.Time) Watermark {
	local := clock.Text(at)
	return Watermark{Username: username, Name: name, At: at, Text: name + "（" + username + "） " + local}
}
