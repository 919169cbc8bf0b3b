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
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/exam"
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
	if err == nil {
		err = describe(s, logins, out)
	}
	if err == nil {
		err = obey(ctx, s, in, out)
	}
	return errors.Join(err, s.Stop())
}

// scene is what a driver needs to know of a running system.
type scene struct {
	Console string                 `json:"console"`
	Edge    string                 `json:"edge"`
	Logins  map[string]stack.Login `json:"logins"`
	Sitting string                 `json:"sitting"`
	Title   string                 `json:"title"`
	People  []visitor              `json:"people"`
	Camera  string                 `json:"camera"` // a film of the candidates, for a browser to take for its camera
	Broken  string                 `json:"broken"` // a question workbook with one bad row
}

// visitor is a candidate. All look alike: the demonstration has one face.
type visitor struct {
	Admission string `json:"admission"`
	IDNumber  string `json:"id_number"`
}

func describe(s *stack.Stack, logins map[string]stack.Login, out io.Writer) error {
	sc := scene{
		Console: s.ConsoleURL(), Edge: s.EdgeURL(), Logins: logins, Sitting: s.Demo.Sitting, Title: s.Demo.Title,
		Camera: filepath.Join(s.Dir, "camera.y4m"), Broken: filepath.Join(s.Dir, "broken.xlsx"),
	}
	for _, p := range s.Demo.People {
		sc.People = append(sc.People, visitor{Admission: p.Admission, IDNumber: p.IDNumber})
	}
	err := errors.Join(film(sc.Camera, s.Demo.People[0].Camera), breakBook(sc.Broken))
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(sc)
}

// breakBook writes a workbook of new questions, one of which names an answer
// that is no option.
func breakBook(path string) error {
	all, err := seed.Questions()
	if err != nil {
		return err
	}
	var some []exam.Question
	for _, q := range all {
		if q.Type == exam.Single && len(some) < 3 {
			q.Stem = "（浏览器测试）" + q.Stem
			some = append(some, q)
		}
	}
	some[1].Answer = []string{"Z"}
	raw, err := seed.Workbook(some)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

type reply struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

func obey(ctx context.Context, s *stack.Stack, in io.Reader, out io.Writer) error {
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
			err := command(ctx, s, line)
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

func command(ctx context.Context, s *stack.Stack, line string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	switch line {
	case "cut":
		s.Cut()
	case "heal":
		s.Heal()
	case "kill edge":
		s.Edge.Kill()
	case "start edge":
		return s.Edge.Start(ctx)
	case "kill cloud":
		s.Cloud.Kill()
	case "start cloud":
		return s.Cloud.Start(ctx)
	default:
		return fmt.Errorf("unknown command %q", line)
	}
	return nil
}
