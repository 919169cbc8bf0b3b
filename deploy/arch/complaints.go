package arch

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// complaintRow is a line of the list: number, complaint, test, where.
var complaintRow = regexp.MustCompile("(?m)^\\| (\\d+) \\| [^|]+ \\| `([^`]+)` \\| `([^`]+)` \\|$")

// Complaints returns what is wrong with a list of complaints, one line each: a
// wanted number without a test, a test that is not where the list says, and one
// that does not say itself which complaint it shows. A test is a Go test, a test
// of a page in the named file, or a job of the bench.
func Complaints(tree fs.FS, list string, wanted []string) (found []string, err error) {
	listed := map[string]bool{}
	for _, row := range complaintRow.FindAllStringSubmatch(list, -1) {
		number, name, where := row[1], row[2], row[3]
		listed[number] = true
		said, err := tests(tree, name, where)
		if err != nil {
			return nil, err
		}
		switch {
		case said == nil:
			found = append(found, fmt.Sprintf("complaint %s: there is no test %q in %s", number, name, where))
		case !strings.Contains(*said, "// Complaint "+number+" ("):
			found = append(found, fmt.Sprintf("complaint %s: %s in %s does not say so", number, name, where))
		}
	}
	for _, number := range wanted {
		if !listed[number] {
			found = append(found, fmt.Sprintf("complaint %s has no test", number))
		}
	}
	return found, nil
}

// tests returns the comment above a test, nil when there is no such test.
func tests(tree fs.FS, name, where string) (said *string, err error) {
	declared, files := "func "+name+"(t *testing.T)", []string{where}
	switch {
	case path.Ext(where) == ".ts":
		declared = fmt.Sprintf("it(%q,", name)
	case strings.HasPrefix(name, "Test"):
		files, err = fs.Glob(tree, path.Join(where, "*_test.go"))
	default: // a job of the bench is named in its table and lies in a file of its name
		src, err := fs.ReadFile(tree, path.Join(where, "main.go"))
		if err != nil || !strings.Contains(string(src), fmt.Sprintf("{name: %q,", name)) {
			return nil, ignoreMissing(err)
		}
		declared, files = "func "+name+"Bench(", []string{path.Join(where, name+".go")}
	}
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		src, err := fs.ReadFile(tree, file)
		if err != nil {
			return nil, ignoreMissing(err)
		}
		above, _, ok := strings.Cut(string(src), "\n"+declared)
		if ok {
			comment := comment(above)
			return &comment, nil
		}
	}
	return nil, nil
}

// comment is the comment that a text ends with.
func comment(above string) string {
	lines := strings.Split(above, "\n")
	from := len(lines)
	for from > 0 && strings.HasPrefix(lines[from-1], "//") {
		from--
	}
	return strings.Join(lines[from:], "\n")
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
