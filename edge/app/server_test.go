package app

import (
	"log/slog"
	"net/http"
	"time"
)

// Server is the constructor of the program's own server, for tests outside.
func Server(h http.Handler, header time.Duration, log *slog.Logger) *http.Server {
	return server(h, header, log)
}
