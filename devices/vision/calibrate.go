package vision

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"huyun.internal/protocol/fault"
)

// Calibration is what one engine did on a folder of people, as `vision
// calibrate` prints it.
type Calibration struct {
	Engine      string   `json:"engine"`
	Model       string   `json:"model"`
	Demo        bool     `json:"demo"`
	People      int      `json:"people"`
	Photographs int      `json:"photographs"`
	Found       int      `json:"found"`    // photographs with a face
	Skipped     []string `json:"skipped"`  // files that are no photograph
	Genuine     int      `json:"genuine"`  // pairs of the same person
	Impostor    int      `json:"impostor"` // pairs of different people
	EER         float64  `json:"eer"`      // equal error rate, 0 to 1
	EERAt       float64  `json:"eer_at"`   // the threshold there
	Rates       []Rate   `json:"rates"`
	// Suggested is the engine's own threshold, and what it means here.
	Suggested    float64  `json:"suggested"`
	SuggestedFAR float64  `json:"suggested_far"`
	SuggestedFRR float64  `json:"suggested_frr"`
	Curve        []Errors `json:"curve"`
}

// Rate is the threshold at which at most FAR of different people are taken for
// the same. Unknown: there were too few pairs to see such a rate.
type Rate struct {
	FAR       float64 `json:"far"`
	Known     bool    `json:"known"`
	Threshold float64 `json:"threshold"`
	FRR       float64 `json:"frr"`
}

// Errors is a threshold with both errors there.
type Errors struct {
	Threshold float64 `json:"threshold"`
	FAR       float64 `json:"far"`
	FRR       float64 `json:"frr"`
}

// ErrNoProgram is what Calibrate says where the process is another's.
var ErrNoProgram = fault.New(fault.Precondition, "vision.calibrate.program", "本机没有人脸核验程序，不能校准，请由安装人员在命令行运行 vision calibrate")

// Calibrate measures the engines of this process on dir, which has a folder with
// photographs for each person. It runs the program a second time, with the same
// files: the numbers are those of `vision calibrate`, and the process that checks
// candidates is not kept busy. Faults: vision.calibrate.program, .few.
func (p *Process) Calibrate(ctx context.Context, dir string) ([]Calibration, error) {
	if p.opt.Binary == "" {
		return nil, ErrNoProgram
	}
	args := []string{"calibrate", "--json", "--models", p.opt.Models, "--cascades", p.opt.Cascades, dir}
	cmd := exec.CommandContext(ctx, p.opt.Binary, args...) //nolint:gosec // the program that the configuration names
	cmd.Env = environment(os.Environ())
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ErrTimeout.With(ctx.Err())
		}
		if strings.Contains(said.String(), fewPairs) {
			return nil, ErrFewPairs.With(err)
		}
		return nil, ErrDown.With(errors.Join(err, errors.New(said.String())))
	}
	var list []Calibration
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) == 0 {
		return nil, ErrReply.With(fmt.Errorf("calibration: %w", err))
	}
	return list, nil
}

// fewPairs is how the program begins to say that there were too few pictures.
const fewPairs = "比对数不足"

// ErrFewPairs is said by the program too.
var ErrFewPairs = fault.New(fault.Invalid, "vision.calibrate.few", fewPairs+"：至少需要两个人，且其中一人有两张可检出人脸的照片")
