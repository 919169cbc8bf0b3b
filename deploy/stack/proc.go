package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// stopGrace is how long a process may take to end by itself after SIGINT.
const stopGrace = 20 * time.Second

// Proc is one real binary: started, watched, killed, started again.
type Proc struct {
	Name  string
	Path  string
	Args  []string
	Env   []string // added to the caller's environment
	Dir   string   // working directory; its log is Dir/Name.log
	Ready string   // URL that answers 200 once it serves; empty = do not wait

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start runs the binary and waits until Ready answers.
func (p *Proc) Start(ctx context.Context) error {
	p.mu.Lock()
	if p.cmd != nil {
		p.mu.Unlock()
		return fmt.Errorf("%s: already running", p.Name)
	}
	err := p.spawn()
	done := p.done
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.waitReady(ctx, done)
}

func (p *Proc) spawn() error {
	log, err := os.OpenFile(p.LogPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(p.Path, p.Args...) //nolint:noctx // its life is Stop's and Kill's business
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.Dir, log, log
	cmd.Env = append(os.Environ(), p.Env...)
	// A group of its own: Ctrl-C in a terminal must reach only the stack, which
	// then stops everything in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	if err != nil {
		_ = log.Close()
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	err = p.notePID(cmd.Process.Pid)
	if err != nil {
		_, _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL), cmd.Wait()
		_ = log.Close()
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	done := make(chan struct{})
	p.cmd, p.done = cmd, done
	go func() {
		err := cmd.Wait()
		_ = log.Close()
		p.mu.Lock()
		p.cmd, p.err = nil, err
		p.mu.Unlock()
		close(done)
	}()
	return nil
}

func (p *Proc) waitReady(ctx context.Context, done chan struct{}) error {
	if p.Ready == "" {
		return nil
	}
	client := &http.Client{Timeout: 2 * time.Second}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Ready, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-done:
			return fmt.Errorf("%s ended while starting: %w\n%s", p.Name, p.exit(), p.Tail(2<<10))
		case <-ctx.Done():
			return fmt.Errorf("%s not ready: %w\n%s", p.Name, ctx.Err(), p.Tail(2<<10))
		case <-tick.C:
		}
	}
}

// Stop asks the process to end and waits; a process that will not is killed.
func (p *Proc) Stop() error {
	done := p.signal(syscall.SIGINT)
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-time.After(stopGrace):
		p.Kill()
		return fmt.Errorf("%s did not end within %s and was killed", p.Name, stopGrace)
	}
}

// Kill ends the process and its children at once, as kill -9 does.
func (p *Proc) Kill() {
	done := p.signal(syscall.SIGKILL)
	if done != nil {
		<-done
	}
}

// Signal sends sig to the process's group, for STOP and CONT.
func (p *Proc) Signal(sig syscall.Signal) { p.signal(sig) }

// signal returns the channel that closes when the process has ended, or nil
// when it does not run.
func (p *Proc) signal(sig syscall.Signal) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	pid := p.cmd.Process.Pid
	if sig == syscall.SIGKILL {
		pid = -pid
	}
	_ = syscall.Kill(pid, sig)
	return p.done
}

// Running says whether the process is alive.
func (p *Proc) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd != nil
}

// Done closes when the run that was started last has ended.
func (p *Proc) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

func (p *Proc) exit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		return errors.New("exit status 0")
	}
	return p.err
}

// LogPath is where the process's output goes.
func (p *Proc) LogPath() string { return filepath.Join(p.Dir, p.Name+".log") }

// Tail returns the last n bytes of the log.
func (p *Proc) Tail(n int64) string {
	f, err := os.Open(p.LogPath())
	if err != nil {
		return ""
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return ""
	}
	if st.Size() > n {
		_, err = f.Seek(-n, io.SeekEnd)
		if err != nil {
			return ""
		}
	}
	b, _ := io.ReadAll(f)
	return string(b)
}
