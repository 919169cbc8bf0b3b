// Package vision is the client of the vision process (devices/cmd/vision),
// which finds faces and compares two of them. Edge (edge/face, module M54) and
// kiosk use it; it is pure Go, so that no program of ours but the process
// itself holds OpenCV.
//
// Process starts the binary as a child, restarts it within a budget when it
// dies, bounds how many calls wait, and turns every trouble into a fault: a
// dead process is vision.down, never a match. It decides nothing about a score
// (edge/face does), cannot tell a living face from a picture of one, and keeps
// neither pictures nor templates.
//
// The file frame.go is the whole protocol between the two; see
// devices/README.md for its bytes.
package vision

import (
	"context"
	"image"

	"huyun.internal/protocol/fault"
)

// Client compares faces. Implementations are safe for concurrent use.
type Client interface {
	// Compare finds the largest face of each picture (JPEG or PNG) and says
	// how alike they are. No face is not an error: see Result.Found. Returns
	// vision.down, vision.busy, vision.timeout, and for each of reference and
	// probe vision.<part>.{bytes,format,pixels,small,damaged}.
	Compare(ctx context.Context, reference, probe []byte) (Result, error)
	// Info says what engine answers.
	Info(ctx context.Context) (Info, error)
	// Find returns the faces of one picture, the largest first.
	Find(ctx context.Context, picture []byte) ([]Face, error)
}

// Result of a comparison. Score and Threshold are in the engine's own measure
// and mean nothing without its name.
type Result struct {
	RefFaces   int     `json:"ref_faces"`   // faces found in the reference
	ProbeFaces int     `json:"probe_faces"` // faces found in the probe
	Compared   bool    `json:"compared"`    // both had a face that could be described; otherwise Score is 0
	Score      float64 `json:"score"`       // higher is more alike
	Threshold  float64 `json:"threshold"`   // the engine's suggested lowest score of the same person
	Engine     string  `json:"engine"`      // dnn | classic
	Model      string  `json:"model"`       // names and digests of what the engine was loaded from
	Demo       bool    `json:"demo"`        // demonstration grade: say so wherever the result is shown
	RefBox     Box     `json:"ref_box"`
	ProbeBox   Box     `json:"probe_box"`
}

// Found reports whether each picture has at least one face.
func (r Result) Found() bool { return r.RefFaces > 0 && r.ProbeFaces > 0 }

// Info describes a running vision process.
type Info struct {
	Engine    string  `json:"engine"`
	Model     string  `json:"model"`
	Demo      bool    `json:"demo"`
	Threshold float64 `json:"threshold"`
	OpenCV    string  `json:"opencv"`
	Workers   int     `json:"workers"`
	Notice    string  `json:"notice,omitempty"` // Chinese, for screens: why it is only a demonstration
}

// Face is one face found.
type Face struct {
	Box    Box     `json:"box"`
	Score  float64 `json:"score"` // the detector's confidence, 0 to 1
	Points []Point `json:"points,omitempty"`
}

// Point is a position in the picture, in pixels.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Box is a rectangle in the picture, in pixels.
type Box struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// BoxOf converts from Go's own rectangle.
func BoxOf(r image.Rectangle) Box { return Box{r.Min.X, r.Min.Y, r.Dx(), r.Dy()} }

// Faults of the client itself. Those about a picture come from the process.
var (
	ErrDown    = fault.New(fault.Unavailable, "vision.down", "人脸核验服务暂不可用，请由监考员人工核验")
	ErrBusy    = fault.New(fault.TooMany, "vision.busy", "人脸核验排队已满，请稍候重试或由监考员人工核验")
	ErrTimeout = fault.New(fault.Unavailable, "vision.timeout", "人脸核验超时，请重试或由监考员人工核验")
	ErrReply   = fault.New(fault.Unavailable, "vision.reply", "人脸核验服务应答异常，请由监考员人工核验")
)
