// Package stack starts the real binaries in a fresh or kept folder: cloud, edge
// with its vision process, and between them, when asked, a bad network. The
// demonstration (make run), the drill, the benchmarks, the acceptance scenarios
// and the browser tests all stand on it. It knows configuration files, processes
// and the public HTTP interfaces; it never reaches into a program.
package stack

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"huyun.internal/simulators/wan"
)

// Options say what to start.
type Options struct {
	Dir    string // everything the system keeps, kept between runs
	Bin    string // folder of the binaries
	Models string // face models; empty: the demonstration-grade engine
	Ports  Ports
	WAN    *WAN      // nil: no network in between
	Out    io.Writer // progress, in Chinese
	DSN    string    // PostgreSQL server; empty: the cloud's own
	Broker string    // MQTT server, tcp://… or ssl://…; empty: the cloud's own
	CA     string    // file with the authority of that server
	Env    []string  // added to every process
	// Themselves: every candidate's reference picture is their own. The
	// demonstration otherwise has some of somebody else's, for the door to find.
	Themselves bool
	// Once: the folder is a demonstration's, and half of one is begun anew.
	// Finished says when it is whole.
	Once bool
}

// WAN puts simulators/wan between edge and cloud.
type WAN struct {
	Seed uint64
	Odds wan.Odds
}

// Stack is a running system.
type Stack struct {
	Options
	Cloud *Proc
	Edge  *Proc
	// Simulators are the outside systems; whoever needs them starts them.
	Simulators *Proc

	// The network, when Options.WAN is set.
	MQTT  *wan.Link
	HTTPS *wan.Link
	HTTP3 *wan.UDPLink

	Demo     *Exam // the demonstration sitting, once Demonstration has run
	sessions map[string]*Client
	lock     *os.File // held as long as this program uses the folder
	others   []*Proc  // devices besides Edge
}

// ConsoleURL is where central staff sign in.
func (s *Stack) ConsoleURL() string { return local(s.Ports.Console) }

// EdgeURL is where the venue's terminals and proctors are served.
func (s *Stack) EdgeURL() string { return local(s.Ports.Edge) }

func local(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

func address(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// New takes the folder, chooses ports, writes configuration files and opens the
// network. Nothing runs yet. An occupied folder or port is named.
func New(o Options) (*Stack, error) {
	var err error
	for _, p := range []*string{&o.Dir, &o.Bin, &o.Models} {
		if *p == "" {
			continue
		}
		*p, err = filepath.Abs(*p)
		if err != nil {
			return nil, err
		}
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	s := &Stack{Options: o, sessions: map[string]*Client{}}
	s.Cloud = &Proc{
		Name: "cloud", Path: filepath.Join(s.Bin, "cloud"), Args: []string{"serve", "--config", s.cloudConfig()}, Dir: s.Dir, Env: s.Env,
	}
	s.Edge = &Proc{
		Name: "edge", Path: filepath.Join(s.Bin, "edge"), Args: []string{"--config", s.edgeConfig(), "run"}, Dir: s.Dir, Env: s.Env,
	}
	s.Simulators = &Proc{
		Name: "simulators", Path: filepath.Join(s.Bin, "simulators"), Args: []string{"-config", s.simulatorsConfig()}, Dir: s.Dir, Env: s.Env,
	}
	edge := func() error { return s.writeEdge(s.edgeConfig(), s.EdgeData(), s.Ports.Edge) }
	for _, step := range []func() error{s.occupy, s.choosePorts, s.openWAN, s.writeSimulators, s.writeCloud, edge} {
		err = step()
		if err != nil {
			return nil, errors.Join(err, s.release())
		}
	}
	s.Cloud.Ready, s.Edge.Ready = s.ConsoleURL()+"/readyz", s.EdgeURL()+"/readyz"
	s.Simulators.Ready = s.SimulatorsURL() + "/readyz"
	return s, nil
}

// release gives the folder free.
func (s *Stack) release() error {
	if s.lock == nil {
		return nil
	}
	lock := s.lock
	s.lock = nil
	// Given up by word: a program that is being started at this moment still has a
	// copy of the descriptor, and closing ours alone would leave it locked.
	return errors.Join(syscall.Flock(int(lock.Fd()), syscall.LOCK_UN), lock.Close())
}

func (s *Stack) openWAN() error {
	if s.WAN == nil {
		return nil
	}
	var err error
	s.MQTT, err = wan.ListenMQTT("127.0.0.1:0", address(s.Ports.MQTT), s.WAN.Seed, s.WAN.Odds)
	if err != nil {
		return err
	}
	s.HTTPS, err = wan.Listen("127.0.0.1:0", address(s.Ports.Gateway))
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(s.HTTPS.Addr())
	if err != nil {
		return err
	}
	// HTTP/3 is on the same port number as HTTPS.
	s.HTTP3, err = wan.ListenUDP("127.0.0.1:"+port, address(s.Ports.Gateway))
	return err
}

// Cut and Heal act on the whole network between edge and cloud.
func (s *Stack) Cut() {
	s.MQTT.Cut()
	s.HTTPS.Cut()
	s.HTTP3.Hold(true)
}

// Heal undoes Cut and every hold.
func (s *Stack) Heal() {
	s.MQTT.Heal()
	s.HTTPS.Heal()
	s.HTTP3.Hold(false)
}

// gatewayURL is where the edge finds the cloud: through the network, if there
// is one.
func (s *Stack) gatewayURL() string {
	if s.WAN != nil {
		return "https://" + s.HTTPS.Addr()
	}
	return "https://" + address(s.Ports.Gateway)
}

// Say reports progress.
func (s *Stack) Say(format string, args ...any) { fmt.Fprintf(s.Out, format+"\n", args...) }

// Stop ends everything in order: the edge first, so that it can say goodbye.
func (s *Stack) Stop() error {
	var err error
	for _, p := range append(s.others, s.Edge, s.Simulators, s.Cloud) {
		err = errors.Join(err, p.Stop())
	}
	if s.WAN != nil {
		err = errors.Join(err, s.MQTT.Close(), s.HTTPS.Close(), s.HTTP3.Close())
	}
	return errors.Join(err, s.release())
}
