package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// Faces are measured by the vision program itself, because OpenCV lives in its
// process alone: `vision bench` interleaves its served comparison with bare
// OpenCV calls and prints one line, which is read and judged here again.
const (
	visionProgram = "bin/vision"
	flatImages    = "10000"
	flatGrowth    = 8 << 20 // bytes of resident memory over so many images: an allocator's noise
	fewVariations = 10      // pictures made of each photograph at hand
)

func facesBench(s setup, r *report) error {
	_, err := os.Stat(visionProgram)
	if err != nil {
		return fmt.Errorf("%w: build it first (make build)", err)
	}
	faces, err := seed.Faces(context.Background())
	if err != nil {
		return err
	}
	people, few, err := peopleAtHand(s.dir, faces)
	if err != nil {
		return err
	}
	pair, err := sameMan(s.dir, faces)
	if err != nil {
		return err
	}
	var models []string
	if dir := stack.Models("."); dir != "" {
		models = []string{"--models", dir}
	} else {
		fmt.Fprintln(r.out, "  no models (HUYUN_MODELS): the classic engine, which is demo-grade, is measured")
	}
	images := cmp.Or(os.Getenv("BENCH_IMAGES"), flatImages)
	args := append([]string{"bench", "--rounds", strconv.Itoa(s.rounds), "--images", images}, models...)
	line, err := vision("vision bench: ", append(args, pair...)...)
	if err != nil {
		return err
	}
	err = r.faces(line, s.rounds)
	if err != nil {
		return err
	}
	line, err = vision("calibrate: ", append(append([]string{"calibrate"}, models...), people)...)
	if err != nil {
		return err
	}
	r.note("j5.accuracy", line+few)
	return nil
}

// faces judges the line of `vision bench`.
func (r *report) faces(line string, rounds int) error {
	f, err := fields(line, "ratio", "served_ms", "bare_ms", "added_ms", "images", "rss_slope_bytes", "rss_before_kib", "rss_after_kib", "scaling")
	if err != nil {
		return err
	}
	var low, high float64
	_, err = fmt.Sscanf(word(line, "spread"), "%g..%g", &low, &high)
	if err != nil {
		return fmt.Errorf("spread of %q: %w", line, err)
	}
	r.note("j5", line)
	r.add(result{
		name: "j5.opencv", ratios: []float64{low, f["ratio"], high}, rounds: rounds,
		ours: 1000 / f["served_ms"], theirs: 1000 / f["bare_ms"], unit: "comparisons/s", target: target{least: 0.85},
	})
	r.hold("j5.latency", f["added_ms"] <= 5, fmt.Sprintf("%.2f ms added to a comparison, ≤ 5", f["added_ms"]))
	grown := (f["rss_after_kib"] - f["rss_before_kib"]) * 1024
	flat := f["rss_slope_bytes"]*10_000 < flatGrowth || grown < 1<<20
	r.hold("j5.memory", flat, fmt.Sprintf("%.0f bytes an image over %.0f images (%+.0f KiB)", f["rss_slope_bytes"], f["images"], grown/1024))
	return nil
}

// vision runs the program and returns its line that begins with prefix. It may
// say with its exit status that a target was missed; we judge for ourselves.
func vision(prefix string, args ...string) (string, error) {
	var out, complaints bytes.Buffer
	cmd := exec.Command(visionProgram, args...) //nolint:gosec // our own program; whoever sets the folders runs us
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, prefix) { // the first: our engine; classic follows it
			return strings.TrimSpace(line), nil
		}
	}
	return "", errors.Join(fmt.Errorf("%s %s said nothing of use: %s", visionProgram, args[0], complaints.String()), err)
}

// sameMan writes two photographs of the same man, from different sessions.
func sameMan(dir string, faces []seed.Face) ([]string, error) {
	var paths []string
	for i, f := range faces {
		if f.Person != seed.Developer {
			continue
		}
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("face-%d.jpg", i)))
		err := os.WriteFile(paths[len(paths)-1], f.JPEG, 0o600)
		if err != nil {
			return nil, err
		}
	}
	if len(paths) != 2 {
		return nil, fmt.Errorf("%d photographs of one man, not 2", len(paths))
	}
	return paths, nil
}

// peopleAtHand is the folder HUYUN_PEOPLE (one folder a person), or one made of
// the few faces that every machine has; few then says how little that proves.
func peopleAtHand(dir string, faces []seed.Face) (path, few string, err error) {
	path = os.Getenv("HUYUN_PEOPLE")
	if path != "" {
		return path, "", nil
	}
	path = filepath.Join(dir, "people")
	for i, f := range faces {
		home := filepath.Join(path, f.Person)
		err = os.MkdirAll(home, 0o700)
		for n := 0; err == nil && n < fewVariations; n++ {
			var picture []byte
			picture, err = seed.Vary(f.JPEG, uint64(n))
			if err == nil {
				err = os.WriteFile(filepath.Join(home, fmt.Sprintf("%d-%d.jpg", i, n)), picture, 0o600)
			}
		}
		if err != nil {
			return "", "", err
		}
	}
	return path, fmt.Sprintf(" (only %d photographs of 2 people, varied: says that it works, not how well; set HUYUN_PEOPLE)", len(faces)), nil
}

// word is the value of key in a line of key=value words.
func word(line, key string) string {
	for w := range strings.FieldsSeq(line) {
		if value, found := strings.CutPrefix(w, key+"="); found {
			return value
		}
	}
	return ""
}

// fields reads numbers out of such a line; one that is not there is an error.
func fields(line string, keys ...string) (map[string]float64, error) {
	out := make(map[string]float64, len(keys))
	for _, k := range keys {
		v, err := strconv.ParseFloat(word(line, k), 64)
		if err != nil {
			return nil, fmt.Errorf("%s of %q: %w", k, line, err)
		}
		out[k] = v
	}
	return out, nil
}
