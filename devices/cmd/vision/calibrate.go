package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huyun.internal/devices/cmd/vision/engine"
)

// person is one folder of photographs.
type person struct {
	name      string
	templates []engine.Template
}

// calibrate measures each engine on DIR/<person>/<photograph> and says which
// threshold to set. Pictures stay where they are; nothing is written.
func calibrate(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	var f files
	f.register(fs)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("用法：vision calibrate [--models DIR] 目录（每人一个子目录，各含若干 JPEG/PNG 照片）")
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
			_, _ = fmt.Fprintln(out, "classic 引擎不可用：", err)
		}
	}
	for _, e := range engines {
		defer e.Close()
		if err := calibrateOne(ctx, e, fs.Arg(0), out); err != nil {
			return err
		}
	}
	return nil
}

func calibrateOne(ctx context.Context, e engine.Engine, dir string, out io.Writer) error {
	people, photographs, found, err := readPeople(ctx, e, dir, out)
	if err != nil {
		return err
	}
	acc := pairs(e, people)
	info := e.Info()
	_, _ = fmt.Fprintf(out, "\n引擎 %s  模型 %s\n  人员 %d  照片 %d  检出人脸 %d（%.1f %%）\n  同人比对 %d  异人比对 %d\n",
		info.Engine, info.Model, len(people), photographs, found, 100*float64(found)/float64(max(1, photographs)),
		len(acc.genuine), len(acc.impostor))
	if len(acc.genuine) == 0 || len(acc.impostor) == 0 {
		return errors.New("比对数不足：至少需要两个人，且其中一人有两张可检出人脸的照片")
	}
	eer, at := acc.equalError()
	_, _ = fmt.Fprintf(out, "  等错误率 %.2f %%（阈值 %.3f）\n", 100*eer, at)
	line := fmt.Sprintf("calibrate: engine=%s people=%d photographs=%d found=%d genuine=%d impostor=%d eer=%.4f",
		info.Engine, len(people), photographs, found, len(acc.genuine), len(acc.impostor), eer)
	for _, rate := range []float64{1e-3, 1e-4} {
		t, seen := acc.thresholdAt(rate)
		if !seen {
			// A number here would be set by somebody.
			_, _ = fmt.Fprintf(out, "  误识率 %.2f %%：无法测定，异人比对只有 %d 对，至少需要 %.0f 对\n", 100*rate, len(acc.impostor), 1/rate)
			line += fmt.Sprintf(" threshold@%g=unknown", rate)
			continue
		}
		_, _ = fmt.Fprintf(out, "  误识率 %.2f %% 时：阈值 %.3f，误拒率 %.2f %%\n", 100*rate, t, 100*acc.falseRejects(t))
		line += fmt.Sprintf(" threshold@%g=%.4f frr@%g=%.4f", rate, t, rate, acc.falseRejects(t))
	}
	_, _ = fmt.Fprintf(out, "  现行建议阈值 %.3f：误识率 %.2f %%，误拒率 %.2f %%\n%s\n", info.Threshold,
		100*acc.falseAccepts(info.Threshold), 100*acc.falseRejects(info.Threshold), line)
	return nil
}

// readPeople describes the largest face of every photograph. A file that is no
// photograph is named and skipped.
func readPeople(ctx context.Context, e engine.Engine, dir string, out io.Writer) (people []person, photographs, found int, err error) {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("read folder of people: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		p := person{name: folder.Name()}
		shots, err := os.ReadDir(filepath.Join(dir, folder.Name()))
		if err != nil {
			return nil, 0, 0, fmt.Errorf("read folder of one person: %w", err)
		}
		for _, shot := range shots {
			if err := ctx.Err(); err != nil {
				return nil, 0, 0, err
			}
			ext := strings.ToLower(filepath.Ext(shot.Name()))
			if shot.IsDir() || !slices.Contains([]string{".jpg", ".jpeg", ".png"}, ext) {
				continue
			}
			t, err := describeFile(e, filepath.Join(dir, folder.Name(), shot.Name()))
			if err != nil {
				_, _ = fmt.Fprintf(out, "跳过 %s/%s：%v\n", folder.Name(), shot.Name(), err)
				continue
			}
			photographs++
			if t != nil {
				found++
				p.templates = append(p.templates, t)
			}
		}
		people = append(people, p)
	}
	return people, photographs, found, nil
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
