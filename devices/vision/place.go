package vision

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

const (
	temporary = "huyun-vision-"
	// longestSocket is how long a Unix socket's path may be on Linux (108 bytes
	// with the terminating zero).
	longestSocket = 107
)

// place chooses where the socket goes: dir, which is made, or where that is not
// named or its path is too long, a temporary folder. A folder that has to be
// removed on Close is returned. dir remembers the temporary folder, so that the
// next start removes what a killed program left.
func place(dir string) (socket, remove string, err error) {
	if dir == "" {
		remove, err = os.MkdirTemp("", temporary)
		return filepath.Join(remove, "socket"), remove, err
	}
	err = os.MkdirAll(dir, 0o700)
	if err != nil {
		return "", "", err
	}
	socket, note := filepath.Join(dir, "socket"), filepath.Join(dir, "elsewhere")
	old, err := os.ReadFile(note) //nolint:gosec // our own folder
	if err == nil {
		err = forget(strings.TrimSpace(string(old)), note)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", "", err
	}
	if len(socket) <= longestSocket {
		return socket, "", nil
	}
	remove, err = os.MkdirTemp("", temporary)
	if err != nil {
		return "", "", err
	}
	return filepath.Join(remove, "socket"), remove, os.WriteFile(note, []byte(remove+"\n"), 0o600)
}

// forget removes the temporary folder that a note names, if it looks like one
// of ours.
func forget(old, note string) error {
	if filepath.Dir(old) == filepath.Clean(os.TempDir()) && strings.HasPrefix(filepath.Base(old), temporary) {
		err := os.RemoveAll(old) //nolint:gosec // checked above
		if err != nil {
			return err
		}
	}
	return os.Remove(note)
}
