package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"huyun.internal/deploy/stack"
)

// serve is `stack serve`: the whole system on free ports with a network in
// between that can be cut, for programs that drive it (the browser tests). One
// line of JSON says what there is; then every line read is a command, answered
// by one line. It ends when its input does.
func serve(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	dir := flags.String("dir", "", "folder for everything the system keeps; must not be in use")
	err := flags.Parse(args)
	if err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("serve: -dir is needed")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s, err := stack.New(stack.Options{
		Dir: *dir, Bin: filepath.Dir(self), Models: models(self), WAN: &stack.WAN{Seed: 1}, Out: os.Stderr, Themselves: true,
	})
	if err != nil {
		return err
	}
	logins, err := bringUp(ctx, s)
	d := &director{Stack: s, logins: logins}
	if err == nil {
		err = d.describe(out)
	}
	if err == nil {
		err = d.obey(ctx, in, out)
	}
	return errors.Join(err, s.Stop())
}

// scene is what a driver needs to know of a running system. Of each workbook
// there is one with a bad row (-bad.xlsx) and the same one mended (-good.xlsx).
type scene struct {
	staged

	Console   string                 `json:"console"`
	Edge      string                 `json:"edge"`
	Logins    map[string]stack.Login `json:"logins"`
	Camera    string                 `json:"camera"`    // a film of the candidates, for a browser to take for its camera
	Questions string                 `json:"questions"` // new questions
	Roster    string                 `json:"roster"`    // candidates of no sitting
	Portal    string                 `json:"portal"`    // the simulated platform, where citizens sign on
}

// staged is a sitting and who is in it.
type staged struct {
	Sitting string    `json:"sitting,omitempty"`
	Title   string    `json:"title,omitempty"`
	People  []visitor `json:"people,omitempty"`
}

func stagedOf(e *stack.Exam) staged {
	st := staged{Sitting: e.Sitting, Title: e.Title}
	for _, p := range e.People {
		st.People = append(st.People, visitor{Admission: p.Admission, IDNumber: p.IDNumber, Seat: e.Seats[p.Admission]})
	}
	return st
}

// visitor is a candidate. All look alike: the demonstration has one face.
type visitor struct {
	Admission string `json:"admission"`
	IDNumber  string `json:"id_number"`
	Seat      string `json:"seat"`
}

// director does what a driver asks for.
type director struct {
	*stack.Stack
	logins map[string]stack.Login
	scored staged // the sitting with a practical exam, once it has been put on
}

func (d *director) describe(out io.Writer) error {
	sc := scene{
		Console: d.ConsoleURL(), Edge: d.EdgeURL(), Logins: d.logins, staged: stagedOf(d.Demo),
		Camera: filepath.Join(d.Dir, "camera.y4m"), Questions: filepath.Join(d.Dir, "试题"), Roster: filepath.Join(d.Dir, "名单"), Portal: d.SimulatorsURL() + "/onestop/",
	}
	err := errors.Join(film(sc.Camera, d.Demo.People[0].Camera), questionBooks(sc.Questions), rosters(sc.Roster))
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(sc)
}

type reply struct {
	OK       bool      `json:"ok"`
	Error    string    `json:"error,omitempty"`
	Citizens []citizen `json:"citizens,omitempty"`
	Case     string    `json:"case,omitempty"`
	staged
}

func (d *director) obey(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(in); scan.Scan(); {
			select {
			case lines <- strings.TrimSpace(scan.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	answers := json.NewEncoder(out)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, more := <-lines:
			if !more || line == "quit" {
				return nil
			}
			r := reply{OK: true}
			err := d.command(ctx, line, &r)
			if err != nil {
				r = reply{Error: err.Error()}
			}
			err = answers.Encode(r)
			if err != nil {
				return err
			}
		}
	}
}

func (d *director) command(ctx context.Context, line string, r *reply) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	verb, arg, _ := strings.Cut(line, ":")
	switch verb {
	case "cut":
		d.Cut()
	case "heal":
		d.Heal()
	case "kill edge":
		d.Edge.Kill()
	case "start edge":
		return d.Edge.Start(ctx)
	case "hold edge":
		d.Edge.Signal(syscall.SIGSTOP)
	case "let edge":
		d.Edge.Signal(syscall.SIGCONT)
	case "kill cloud":
		d.Cloud.Kill()
	case "start cloud":
		return d.Cloud.Start(ctx)
	case "enrol": // a second device, with the code after the colon
		_, err := d.Another(ctx, "another", arg)
		return err
	case "short sitting":
		return d.short(ctx, r)
	case "practical sitting":
		return d.practical(ctx, r)
	case "portraits": // into the file after the colon
		return portraits(ctx, arg)
	case "licensing": // what applications need; workbooks of a company go to the path after the colon
		return d.licensing(ctx, arg, r)
	case "strict application": // of the account after the colon, who is on a list
		return d.strict(ctx, arg, r)
	case "walk": // a case through the steps after it, as an official would
		return d.walk(ctx, arg)
	default:
		return fmt.Errorf("unknown command %q", line)
	}
	return nil
}

// short puts on a sitting of one minute, for drivers that cannot wait for the
// end of a longer one, opened and with everybody admitted.
func (d *director) short(ctx context.Context, r *reply) error {
	e, err := d.PutOn(ctx, d.logins, stack.Plan{
		Title: "公交驾驶员理论考试（一分钟）", Rule: "demo-13001-short", Candidates: 1, Minutes: 1, Seed: 2, In: 4 * time.Hour, // within reach of the release
	})
	if err != nil {
		return err
	}
	h := d.Hall(d.logins, e)
	for _, step := range []func(context.Context) error{
		h.Enter, h.Ask,
		func(ctx context.Context) error { return h.Decide(ctx, map[string]any{"approve": true}) },
		h.Receive,
		func(ctx context.Context) error { return h.Waive(ctx, "只用一台考试机") },
		h.Released,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.staged = stagedOf(e)
	list, err := h.Chief.Candidates(ctx, e.Sitting)
	if err != nil {
		return err
	}
	for _, c := range list {
		colleague := d.logins["liu.jiankao"]
		if err := h.Chief.Admit(ctx, e.Sitting, c, &colleague); err != nil {
			return err
		}
	}
	return nil
}
