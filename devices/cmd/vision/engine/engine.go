// Package engine looks at pictures: it finds faces and says how alike two of
// them are. It is linked into the vision process alone (module devices, used by
// edge and kiosk; modules M54 and the kiosk's identity check), because it holds
// OpenCV, and an exception in there ends the process it happens in.
//
// Two engines stand behind Engine. "dnn" is YuNet detection, alignment on five
// points and an embedding network, from the model files of the site. "classic"
// is a Haar cascade and local binary patterns from Debian's files: it needs no
// model, it is for demonstrations only, and everything it says carries Demo.
//
// It decides nothing: what a score means is edge/face. It does not tell a live
// face from a photograph of one, keeps no picture and no template.
package engine

import (
	"image"

	"gocv.io/x/gocv"
)

// Face is one face found in a picture.
type Face struct {
	Box    image.Rectangle
	Score  float64 // the detector's own confidence, 0 to 1
	Points Landmarks
	marked bool // Points are real, not zero
}

// Info says what an engine is made of.
type Info struct {
	Engine    string  // "dnn" or "classic"
	Model     string  // names and content digests of what it was loaded from
	Demo      bool    // not fit to decide on a person's identity
	Threshold float64 // suggested lowest score of the same person
}

// Template is what an engine keeps of a face to compare it: numbers, valid for
// the same Info.Model only.
type Template []float32

// Engine is one worker's eyes. It is not safe for concurrent use: one engine,
// one worker.
type Engine interface {
	Info() Info
	// Find returns the faces of a BGR picture, the largest first.
	Find(img gocv.Mat) ([]Face, error)
	// Describe makes the template of one found face. Nil without an error
	// means that this face cannot be described.
	Describe(img gocv.Mat, face Face) (Template, error)
	// Similarity compares two templates; higher is more alike. False means
	// incomparable, which is never a match.
	Similarity(a, b Template) (float64, bool)
	Close()
}

// Open loads the engine that the files allow: dnn when models is a directory
// that holds an engine.json or a set of files known by name, otherwise classic.
// A set of files that is there but broken is an error and not a reason to fall
// back: a site that has paid for real models must not find itself on the
// demonstration engine unawares.
func Open(models, cascades string) (Engine, error) {
	conf, found, err := FindConfig(models)
	if err != nil {
		return nil, err
	}
	if !found {
		return openClassic(cascades)
	}
	return openDNN(models, conf)
}

// OpenClassic loads the demonstration engine whatever models there are.
func OpenClassic(cascades string) (Engine, error) { return openClassic(cascades) }

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// FaceAt makes a Face of a box alone, with points where an upright face has
// them. For self-tests: it finds nothing.
func FaceAt(box image.Rectangle) Face {
	f := Face{Box: box, Score: 1, marked: true}
	for i, p := range [5]Point{{0.3, 0.4}, {0.7, 0.4}, {0.5, 0.6}, {0.35, 0.78}, {0.65, 0.78}} {
		f.Points[i] = Point{
			X: float64(box.Min.X) + p.X*float64(box.Dx()),
			Y: float64(box.Min.Y) + p.Y*float64(box.Dy()),
		}
	}
	return f
}
