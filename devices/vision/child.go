package vision

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// child is one run of the vision program.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer // open as long as we live: the program ends when it closes
	info  Info
	done  chan struct{}
	err   error // from Wait, valid after done
	last  atomic.Value
}

// startChild starts the program and waits until it has said that it is ready.
func startChild(ctx context.Context, opt Options) (*child, error) {
	// A socket left behind by a killed process would make the next bind fail.
	if err := os.Remove(opt.Socket); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("clear vision socket: %w", err)
	}
	args := []string{
		"serve", "--socket", opt.Socket, "--workers", strconv.Itoa(opt.Workers), "--with-parent",
		"--models", opt.Models, "--cascades", opt.Cascades,
	}
	c := &child{cmd: exec.Command(opt.Binary, args...), done: make(chan struct{})}
	c.cmd.Env = environment(os.Environ())
	detach(c.cmd)
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	// Pipes of our own: Wait must not close them under the readers.
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, outR.Close(), outW.Close())
	}
	c.cmd.Stdout, c.cmd.Stderr = outW, errW
	err = c.cmd.Start()
	_, _ = outW.Close(), errW.Close()
	if err != nil {
		_, _ = outR.Close(), errR.Close()
		return nil, fmt.Errorf("start vision program: %w", err)
	}
	quiet := make(chan struct{})
	go func() {
		defer close(quiet)
		c.log(errR, opt.Logger)
	}()
	ready := make(chan Info, 1)
	go announce(outR, ready)
	go func() {
		c.err = c.cmd.Wait()
		<-quiet // the last words belong to the reason
		close(c.done)
	}()
	timeout := time.NewTimer(opt.StartTimeout)
	defer timeout.Stop()
	select {
	case c.info = <-ready:
		return c, nil
	case <-c.done:
		return nil, c.why()
	case <-timeout.C:
		c.end()
		return nil, fmt.Errorf("vision program was not ready within %s", opt.StartTimeout)
	case <-ctx.Done():
		c.end()
		return nil, ctx.Err()
	}
}

// announce passes on the first line of r, which is an Info, and reads the rest
// away so that the program never blocks on its own output.
func announce(r io.ReadCloser, ready chan<- Info) {
	defer func() { _ = r.Close() }()
	in := bufio.NewReader(r)
	line, _ := in.ReadSlice('\n')
	var info Info
	if json.Unmarshal(line, &info) == nil && info.Engine != "" {
		ready <- info
	}
	_, _ = io.Copy(io.Discard, in)
}

func (c *child) log(r io.ReadCloser, log *slog.Logger) {
	defer func() { _ = r.Close() }()
	in := bufio.NewReaderSize(r, 4<<10)
	for {
		line, _, err := in.ReadLine()
		if text := strings.TrimSpace(string(line)); text != "" {
			c.last.Store(text)
			log.Warn("vision", slog.String("line", text))
		}
		if err != nil {
			return
		}
	}
}

// why says how the run ended, with the program's last words.
func (c *child) why() error {
	<-c.done
	last, _ := c.last.Load().(string)
	state := "exit status 0"
	if c.err != nil {
		state = c.err.Error()
	}
	if last == "" {
		return fmt.Errorf("vision program ended: %s", state)
	}
	return fmt.Errorf("vision program ended: %s: %s", state, last)
}

func (c *child) kill() { _ = c.cmd.Process.Kill() }

// end asks the program to go and makes it go after two seconds.
func (c *child) end() {
	_ = c.stdin.Close()
	select {
	case <-c.done:
	case <-time.After(2 * time.Second):
		c.kill()
		<-c.done
	}
}

// environment leaves what a dynamically linked program needs and nothing that
// could hold a secret of ours.
func environment(all []string) []string {
	var kept []string
	for _, kv := range all {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "GOTRACEBACK":
			kept = append(kept, kv)
		}
	}
	return kept
}
