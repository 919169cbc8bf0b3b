// Command acceptance runs the customer's 78 modules as scenarios on the running
// system and prints a table. A module passes when every test named TestM<n>…
// of this folder passed; a module without a test is "not yet", which is not a
// pass. The last line can be read by a script:
//
//	acceptance: n/78 pass, m fail, k not yet
//
// The exit status is 0 when nothing failed.
package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

//go:embed modules.tsv
var modules string

// running tells the tests that they may start the system.
const running = "HUYUN_ACCEPTANCE=1"

func main() {
	results, err := runTests(os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
	if !report(os.Stdout, results) {
		os.Exit(1)
	}
}

// event is a line of go test -json.
type event struct {
	Action, Test, Output string
}

var named = regexp.MustCompile(`^TestM(\d+)(\D.*)?$`)

// runTests runs the scenarios and returns, per module, whether all of its tests
// passed.
func runTests(log io.Writer) (map[string]bool, error) {
	cmd := exec.Command("go", "test", "-json", "-count=1", "-timeout=60m", "-run", `^TestM\d+`, "./deploy/acceptance")
	cmd.Env = append(os.Environ(), running)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	err = cmd.Start()
	if err != nil {
		return nil, err
	}
	results, err := read(out, log)
	werr := cmd.Wait()
	if err == nil && werr != nil && !slices.Contains(slices.Collect(maps.Values(results)), false) {
		err = fmt.Errorf("the tests did not run: %w", werr) // they did not build, or were killed
	}
	return results, err
}

// read takes the events of go test. A test that began and never ended was
// killed, or stood when another brought the program down: it has not passed.
func read(in io.Reader, log io.Writer) (map[string]bool, error) {
	results, begun := map[string]bool{}, map[string]string{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		err := json.Unmarshal(lines.Bytes(), &e)
		if err != nil {
			return nil, err
		}
		if e.Action == "output" {
			_, _ = io.WriteString(log, e.Output) // only for whoever watches
		}
		m := named.FindStringSubmatch(e.Test)
		if m == nil || strings.Contains(e.Test, "/") {
			continue
		}
		switch e.Action {
		case "run":
			begun[e.Test] = "M" + m[1]
		case "pass":
			delete(begun, e.Test)
			passed, seen := results["M"+m[1]]
			results["M"+m[1]] = passed || !seen
		case "fail", "skip": // a skipped scenario proves nothing
			delete(begun, e.Test)
			results["M"+m[1]] = false
		}
	}
	for _, module := range begun {
		results[module] = false
	}
	return results, lines.Err()
}

// report prints the table and says whether nothing failed.
func report(out io.Writer, results map[string]bool) bool {
	pass, fail, notYet := 0, 0, 0
	for _, line := range strings.Split(strings.TrimSpace(modules), "\n") {
		f := strings.SplitN(line, "\t", 3)
		passed, seen := results[f[0]]
		word := "not yet"
		switch {
		case !seen:
			notYet++
		case passed:
			word = "pass"
			pass++
		default:
			word = "FAIL"
			fail++
		}
		fmt.Fprintf(out, "%-4s %-8s %s / %s\n", f[0], word, f[1], f[2])
	}
	fmt.Fprintf(out, "acceptance: %d/78 pass, %d fail, %d not yet\n", pass, fail, notYet)
	return fail == 0
}
