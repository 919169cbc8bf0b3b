package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huyun.internal/devices/cmd/vision/engine"
	"huyun.internal/devices/vision"
)

// person is one folder of photographs.
type person struct {
	name      string
	templates []engine.Template
}

// calibrate measures each engine on DIR/<person>/<photograph> and says which
// threshold to set, in words or as JSON for the venue's page. Pictures stay where
// they are; nothing is written.
func calibrate(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	var f files
	f.register(fs)
	machine := fs.Bool("json", false, "输出 JSON，供考场页面使用")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("用法：vision calibrate [--models DIR] [--json] 目录（每人一个子目录，各含若干 JPEG/PNG 照片）")
	}
	engine.SetThreads(1)
	first, err := f.open()
	if err != nil {
		return fmt.Errorf("load engine: %w", err)
	}
	engines := []engine.Engine{first}
	if !first.Info().Demo {
		if c, err := engine.OpenClassic(f.cascades); err == nil {
			engines = append(engines, c)
		} else {
			_, _ = fmt.Fprintln(os.Stderr, "classic 引擎不可用：", err)
		}
	}
	var all []vision.Calibration
	for _, e := range engines {
		defer e.Close()
		c, err := calibrateOne(ctx, e, fs.Arg(0))
		if err != nil {
			return err
		}
		if all = append(all, c); !*machine {
			tell(out, c)
		}
	}
	if *machine {
		return json.NewEncoder(out).Encode(all)
	}
	return nil
}

// targets are the false accept rates that a site asks for.
var targets = []float64{1e-3, 1e-4} //nolint:gochecknoglobals // a constant list

func calibrateOne(ctx context.Context, e engine.Engine, dir string) (vision.Calibration, error) {
	info := e.Info()
	c := vision.Calibration{Engine: info.Engine, Model: info.Model, Demo: info.Demo, Suggested: info.Threshold, Skipped: []string{}}
	people, err := readPeople(ctx, e, dir, &c)
	if err != nil {
		return c, err
	}
	acc := pairs(e, people)
	c.People, c.Genuine, c.Impostor = len(people), len(acc.genuine), len(acc.impostor)
	if c.Genuine == 0 || c.Impostor == 0 {
		return c, vision.ErrFewPairs
	}
	c.EER, c.EERAt = acc.equalError()
	for _, far := range targets {
		t, seen := acc.thresholdAt(far)
		r := vision.Rate{FAR: far, Known: seen}
		if seen { // a number otherwise would be set by somebody
			r.Threshold, r.FRR = t, acc.falseRejects(t)
		}
		c.Rates = append(c.Rates, r)
	}
	c.SuggestedFAR, c.SuggestedFRR = acc.falseAccepts(info.Threshold), acc.falseRejects(info.Threshold)
	c.Curve = acc.curve()
	return c, nil
}

// tell prints a calibration; the last line is for programs.
func tell(out io.Writer, c vision.Calibration) {
	for _, s := range c.Skipped {
		_, _ = fmt.Fprintf(out, "跳过 %s\n", s)
	}
	_, _ = fmt.Fprintf(out, "\n引擎 %s  模型 %s\n  人员 %d  照片 %d  检出人脸 %d（%.1f %%）\n  同人比对 %d  异人比对 %d\n",
		c.Engine, c.Model, c.People, c.Photographs, c.Found, 100*float64(c.Found)/float64(max(1, c.Photographs)), c.Genuine, c.Impostor)
	_, _ = fmt.Fprintf(out, "  等错误率 %.2f %%（阈值 %.3f）\n", 100*c.EER, c.EERAt)
	line := fmt.Sprintf("calibrate: engine=%s people=%d photographs=%d found=%d genuine=%d impostor=%d eer=%.4f",
		c.Engine, c.People, c.Photographs, c.Found, c.Genuine, c.Impostor, c.EER)
	for _, r := range c.Rates {
		if !r.Known {
			_, _ = fmt.Fprintf(out, "  误识率 %.2f %%：无法测定，异人比对只有 %d 对，至少需要 %.0f 对\n", 100*r.FAR, c.Impostor, 1/r.FAR)
			line += fmt.Sprintf(" threshold@%g=unknown", r.FAR)
			continue
		}
		_, _ = fmt.Fprintf(out, "  误识率 %.2f %% 时：阈值 %.3f，误拒率 %.2f %%\n", 100*r.FAR, r.Threshold, 100*r.FRR)
		line += fmt.Sprintf(" threshold@%g=%.4f frr@%g=%.4f", r.FAR, r.Threshold, r.FAR, r.FRR)
	}
	_, _ = fmt.Fprintf(out, "  现行建议阈值 %.3f：误识率 %.2f %%，误拒率 %.2f %%\n%s\n", c.Suggested, 100*c.SuggestedFAR, 100*c.SuggestedFRR, line)
}

// readPeople describes the largest face of every photograph. A file that is no
// photograph is named and skipped.
func readPeople(ctx context.Context, e engine.Engine, dir string, c *vision.Calibration) ([]person, error) {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read folder of people: %w", err)
	}
	var people []person
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		p := person{name: folder.Name()}
		shots, err := os.ReadDir(filepath.Join(dir, folder.Name()))
		if err != nil {
			return nil, fmt.Errorf("read folder of one person: %w", err)
		}
		for _, shot := range shots {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ext := strings.ToLower(filepath.Ext(shot.Name()))
			if shot.IsDir() || !slices.Contains([]string{".jpg", ".jpeg", ".png"}, ext) {
				continue
			}
			t, err := describeFile(e, filepath.Join(dir, folder.Name(), shot.Name()))
			if err != nil {
				c.Skipped = append(c.Skipped, fmt.Sprintf("%s/%s：%v", folder.Name(), shot.Name(), err))
				continue
			}
			c.Photographs++
			if t != nil {
				c.Found++
				p.templates = append(p.templates, t)
			}
		}
		people = append(people, p)
	}
	return people, nil
}

func describeFile(e engine.Engine, path string) (engine.Template, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, _, err := look(e, "picture", data)
	return t, err
}

// pairs scores every pair once. What cannot be compared is no pair: the
// detection rate accounts for it.
func pairs(e engine.Engine, people []person) *accuracy {
	acc := &accuracy{}
	for i, a := range people {
		for x, ta := range a.templates {
			for _, tb := range a.templates[x+1:] {
				if s, ok := e.Similarity(ta, tb); ok {
					acc.genuine = append(acc.genuine, s)
				}
			}
			for _, b := range people[i+1:] {
				for _, tb := range b.templates {
					if s, ok := e.Similarity(ta, tb); ok {
						acc.impostor = append(acc.impostor, s)
					}
				}
			}
		}
	}
	acc.seal()
	return acc
}
