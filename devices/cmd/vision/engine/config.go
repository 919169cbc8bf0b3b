package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ConfigName is the file beside the models that describes them. It is needed
// only for models that are not known by name.
const ConfigName = "engine.json"

// Config describes the models of the dnn engine.
type Config struct {
	Detector DetectorConfig `json:"detector"`
	Embedder EmbedderConfig `json:"embedder"`
}

// DetectorConfig describes a YuNet model (libfacedetection.train or OpenCV Zoo
// layout: cls, obj, bbox and kps at strides 8, 16 and 32).
type DetectorConfig struct {
	Name     string  `json:"name"`
	Model    string  `json:"model"` // file in the models directory
	Size     int     `json:"size"`  // side of the square input, a multiple of 32
	MinScore float64 `json:"min_score"`
}

// EmbedderConfig describes an embedding network and the face crop it expects.
type EmbedderConfig struct {
	Name      string    `json:"name"`
	Model     string    `json:"model"`
	Graph     string    `json:"graph,omitempty"` // Caffe prototxt; empty for ONNX
	Output    string    `json:"output"`          // name of the output layer
	Width     int       `json:"width"`
	Height    int       `json:"height"`
	RGB       bool      `json:"rgb"`   // channel order; otherwise BGR
	Mean      float64   `json:"mean"`  // subtracted from every channel
	Scale     float64   `json:"scale"` // multiplied afterwards
	Points    Landmarks `json:"points"`
	Threshold float64   `json:"threshold"` // cosine suggested as the lowest of the same person
}

// known are the model sets recognised by their file names, best first.
var known = []Config{
	{
		Detector: DetectorConfig{Name: "yunet-n-320", Model: "yunet_n_320_320.onnx", Size: 320, MinScore: 0.7},
		Embedder: EmbedderConfig{
			Name: "mobilefacenet", Model: "mobilefacenet.caffemodel", Graph: "mobilefacenet.prototxt", Output: "fc5",
			Width: 96, Height: 112, RGB: true, Mean: 127.5, Scale: 1.0 / 128,
			Points: Landmarks{
				{30.2946, 51.6963}, {65.5318, 51.5014}, {48.0252, 71.7366}, {33.5493, 92.3655}, {62.7299, 92.2041},
			},
			// 0.39 % false rejects at 0.1 % false accepts on 40 people × 10
			// grey photographs.
			Threshold: 0.445,
		},
	},
	{
		Detector: DetectorConfig{Name: "yunet-n-320", Model: "yunet_n_320_320.onnx", Size: 320, MinScore: 0.7},
		Embedder: EmbedderConfig{
			Name: "sface", Model: "face_recognition_sface_2021dec.onnx", Output: "fc1",
			Width: 112, Height: 112, RGB: true, Mean: 0, Scale: 1,
			Points: Landmarks{
				{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041},
			},
			Threshold: 0.363, // as published with the model
		},
	},
}

// FindConfig returns the model set of a directory: what engine.json says, or
// the first known set whose files are all there. False when there is none.
func FindConfig(dir string) (Config, bool, error) {
	if dir == "" {
		return Config{}, false, nil
	}
	raw, err := os.ReadFile(filepath.Join(dir, ConfigName))
	switch {
	case err == nil:
		c, err := ParseConfig(raw)
		return c, err == nil, err
	case !errors.Is(err, fs.ErrNotExist):
		return Config{}, false, fmt.Errorf("read %s: %w", ConfigName, err)
	}
	for _, c := range known {
		if c.present(dir) {
			return c, true, nil
		}
	}
	return Config{}, false, nil
}

// ParseConfig reads an engine.json strictly: unknown fields and impossible
// values are errors.
func ParseConfig(raw []byte) (Config, error) {
	var c Config
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", ConfigName, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("%s: something follows the object", ConfigName)
	}
	return c, c.check()
}

func (c Config) check() error {
	for _, file := range c.files() {
		if !filepath.IsLocal(file) {
			return fmt.Errorf("%s: %q is not a file in the models directory", ConfigName, file)
		}
	}
	d, e := c.Detector, c.Embedder
	switch {
	case d.Name == "" || e.Name == "":
		return fmt.Errorf("%s: detector and embedder need a name", ConfigName)
	case d.Size < 32 || d.Size > 1280 || d.Size%32 != 0:
		return fmt.Errorf("%s: detector size %d is not a multiple of 32 up to 1280", ConfigName, d.Size)
	case !(d.MinScore > 0 && d.MinScore < 1):
		return fmt.Errorf("%s: detector min_score must lie between 0 and 1", ConfigName)
	case e.Output == "" || e.Scale == 0:
		return fmt.Errorf("%s: embedder needs an output and a scale", ConfigName)
	case e.Width < 16 || e.Width > 512 || e.Height < 16 || e.Height > 512:
		return fmt.Errorf("%s: embedder input %d×%d is out of range", ConfigName, e.Width, e.Height)
	case !(e.Threshold > 0 && e.Threshold < 1):
		return fmt.Errorf("%s: embedder threshold must lie between 0 and 1", ConfigName)
	}
	if _, ok := fit(e.Points, e.Points); !ok {
		return fmt.Errorf("%s: embedder points do not span a face", ConfigName)
	}
	return nil
}

func (c Config) files() []string {
	files := []string{c.Detector.Model, c.Embedder.Model}
	if c.Embedder.Graph != "" {
		files = append(files, c.Embedder.Graph)
	}
	return files
}

func (c Config) present(dir string) bool {
	for _, file := range c.files() {
		st, err := os.Stat(filepath.Join(dir, file))
		if err != nil || !st.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// identity names the models with a digest of their content, so that a decision
// recorded years ago still says which weights it came from.
func (c Config) identity(dir string) (string, error) {
	var parts []string
	for _, m := range []struct{ name, file string }{
		{c.Detector.Name, c.Detector.Model},
		{c.Embedder.Name, c.Embedder.Model},
	} {
		f, err := os.Open(filepath.Join(dir, m.file))
		if err != nil {
			return "", fmt.Errorf("open model: %w", err)
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		_ = f.Close()
		if err != nil {
			return "", fmt.Errorf("read model %s: %w", m.file, err)
		}
		parts = append(parts, m.name+"@"+hex.EncodeToString(h.Sum(nil))[:8])
	}
	return strings.Join(parts, "+"), nil
}
