package stack

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be the program that a stack starts: one that
// ends on SIGINT, as cloud and edge do.
func TestMain(m *testing.M) {
	if os.Getenv("STACK_TEST_CHILD") != "" {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		select {
		case <-stop:
		case <-time.After(time.Minute):
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func options(t *testing.T, out *bytes.Buffer) Options {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	for _, name := range []string{"cloud", "edge"} {
		require.NoError(t, os.Symlink(self, filepath.Join(bin, name)))
	}
	return Options{Dir: filepath.Join(t.TempDir(), "run"), Bin: bin, Out: out, Env: []string{"STACK_TEST_CHILD=1"}}
}

func TestWhatAKilledStackLeftIsStopped(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options(t, &out)
	first, err := New(o)
	require.NoError(t, err)
	first.Cloud.Ready, first.Edge.Ready = "", ""
	require.NoError(t, first.Cloud.Start(t.Context()))
	require.NoError(t, first.Edge.Start(t.Context()))
	first.Edge.Signal(syscall.SIGSTOP)

	_, err = New(o)
	require.ErrorContains(t, err, "HUYUN_RUN_DIR", "a folder in use is refused")
	require.True(t, first.Cloud.Running())

	require.NoError(t, first.lock.Close()) // as when the first was killed
	second, err := New(o)
	require.NoError(t, err)
	for _, p := range []*Proc{first.Cloud, first.Edge} {
		select {
		case <-p.Done():
		case <-time.After(stopGrace):
			t.Fatal("still running: ", p.Name, p.PID(), out.String())
		}
		require.Contains(t, out.String(), "上次启动的 "+p.Name)
	}
	require.NoError(t, second.Stop())
	third, err := New(o)
	require.NoError(t, err, "stopped, and free again")
	require.NoError(t, third.Stop())
}

func TestANumberThatSomebodyElseHasIsNotOurs(t *testing.T) {
	t.Parallel()
	s, err := New(options(t, &bytes.Buffer{}))
	require.NoError(t, err)
	require.NoError(t, s.Edge.notePID(os.Getpid()))
	require.Equal(t, os.Getpid(), s.Edge.PID())
	noted, err := os.ReadFile(s.Edge.pidPath())
	require.NoError(t, err)
	fields := strings.Fields(string(noted))
	require.Len(t, fields, 3)
	pid, began, boot := fields[0], fields[1], fields[2]
	for why, text := range map[string]string{
		"began at another time":      pid + " 1" + began + " " + boot,
		"before the machine's start": pid + " " + began + " 0b9e7b1c-0000-4000-8000-000000000000",
		"only a number":              pid,
		"nothing":                    "",
		"no number":                  "x y z",
		"the first process":          "1 " + began + " " + boot,
		"no process":                 "-5 " + began + " " + boot,
	} {
		require.NoError(t, os.WriteFile(s.Edge.pidPath(), []byte(text), 0o600))
		require.Zero(t, s.Edge.PID(), why)
	}
}

func TestOneThatHasEndedIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s, err := New(options(t, &bytes.Buffer{}))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "cat")
	end, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.NoError(t, s.Edge.notePID(cmd.Process.Pid))
	require.Equal(t, cmd.Process.Pid, s.Edge.PID())
	require.NoError(t, end.Close())
	require.Eventually(t, func() bool { return s.Edge.PID() == 0 }, stopGrace, time.Millisecond, "not waited for, but ended")
	require.NoError(t, s.Edge.notePID(cmd.Process.Pid), "it ended while starting")
	require.Zero(t, s.Edge.PID())
	require.NoError(t, cmd.Wait())
}

func TestHalfADemonstrationIsBegunAnew(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options(t, &out)
	o.Once = true
	begin := func() {
		s, err := New(o)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(o.Dir, "kept"), nil, 0o600))
		require.NoError(t, s.Stop())
	}
	begin()
	s, err := New(o)
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(o.Dir, "kept"))
	require.Contains(t, out.String(), "重新建立演示数据")
	require.NoError(t, os.WriteFile(filepath.Join(o.Dir, "demo.json"), nil, 0o600))
	require.NoError(t, s.Finished())
	require.NoError(t, s.Stop())
	begin()
	begin()
	require.FileExists(t, filepath.Join(o.Dir, "demo.json"), "a whole one stays")
}

func TestATakenPortIsNamed(t *testing.T) {
	t.Parallel()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer udp.Close()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer tcp.Close()
	u, p := udp.LocalAddr().(*net.UDPAddr).Port, tcp.Addr().(*net.TCPAddr).Port
	for text, ports := range map[string]Ports{
		fmt.Sprintf("设备接入（HTTPS 与 HTTP/3）的 UDP 端口 %d", u): {Gateway: u},
		fmt.Sprintf("消息（QUIC）的 UDP 端口 %d", u):             {QUIC: u},
		fmt.Sprintf("考场的 TCP 端口 %d", p):                   {Edge: p},
	} {
		o := options(t, &bytes.Buffer{})
		o.Ports = ports
		_, err := New(o)
		require.ErrorContains(t, err, text)
	}
	o := options(t, &bytes.Buffer{})
	o.Ports = Ports{QUIC: p}
	s, err := New(o)
	require.NoError(t, err, "TCP there is nobody's business")
	require.NoError(t, s.Stop())
}

func TestPortsFromWhatSomebodyTyped(t *testing.T) {
	t.Parallel()
	p, err := PortsFrom(" 30000 ")
	require.NoError(t, err)
	require.Equal(t, Ports{30000, 30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008}, p)
	for _, bad := range []string{"", "abc", "80", "1023", "65531", "70000", "-1", "8080.5"} {
		_, err = PortsFrom(bad)
		require.ErrorContains(t, err, "HUYUN_PORT_BASE", bad)
	}
}
