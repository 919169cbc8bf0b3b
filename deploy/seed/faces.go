package seed

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // one of the pictures is a PNG
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/draw"
)

// Face is a portrait cut out of a photograph that is on every machine that
// builds us. Faces of the same person have the same Person.
type Face struct {
	Name   string // what it was cut from
	Person string // developer, or a stranger who is not the developer
	JPEG   []byte
}

// Persons of the faces. Photographs of the developer come from two sessions, so
// that one may stand for the reference and the other for the door's camera.
const (
	Developer = "developer"
	Stranger  = "stranger"
)

// Portraits are of the size that the licensing counter takes (domain M05).
const portraitWidth, portraitHeight = 358, 441

// sources say where the faces are. The boxes have the proportions of a portrait.
var sources = []struct {
	root, file, person string
	box                image.Rectangle
}{
	{"gocv", "images/face.jpg", Developer, image.Rect(174, 40, 524, 471)},
	{"gocv", "images/face-detect.jpg", Developer, image.Rect(92, 26, 326, 314)},
	{"go", "src/image/testdata/video-001.png", Stranger, image.Rect(103, 6, 142, 54)},
}

// Faces cuts the portraits out of the photographs that the gocv module and the
// Go distribution bring along for their own tests. They are read where they
// lie and never copied into the project.
func Faces(ctx context.Context) ([]Face, error) {
	roots := map[string]string{}
	var err error
	if roots["gocv"], err = moduleDir(ctx, "gocv.io/x/gocv"); err != nil {
		return nil, err
	}
	if roots["go"], err = run(ctx, "go", "env", "GOROOT"); err != nil {
		return nil, err
	}
	var out []Face
	for _, s := range sources {
		face, err := cut(filepath.Join(roots[s.root], s.file), s.box)
		if err != nil {
			return nil, err
		}
		out = append(out, Face{Name: s.file, Person: s.person, JPEG: face})
	}
	return out, nil
}

// moduleDir asks the go command, which answers inside our workspace; elsewhere
// the newest copy in the module cache is taken.
func moduleDir(ctx context.Context, module string) (string, error) {
	if dir, err := run(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module); err == nil && dir != "" {
		return dir, nil
	}
	cache, err := run(ctx, "go", "env", "GOMODCACHE")
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(cache, filepath.FromSlash(module)+"@*"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("module %s is not on this machine; build the devices module first", module)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

func run(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func cut(file string, box image.Rectangle) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read photograph: %w", err)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if !box.In(img.Bounds()) {
		return nil, fmt.Errorf("%s is not the photograph we know: %v", file, img.Bounds())
	}
	return encode(scale(img, box), 92)
}

func scale(img image.Image, box image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, portraitWidth, portraitHeight))
	draw.CatmullRom.Scale(out, out.Rect, img, box, draw.Src, nil)
	return out
}

func encode(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode portrait: %w", err)
	}
	return b.Bytes(), nil
}

// Vary returns another picture of the same person, as a camera would take it on
// another day: a little nearer or aside, lighter or darker, with noise, packed
// harder. It is not mirrored: no camera of ours saves what its screen mirrors,
// and the classic engine takes a mirrored face for another. The same seed varies
// alike.
func Vary(portrait []byte, seed uint64) ([]byte, error) {
	img, err := jpeg.Decode(bytes.NewReader(portrait))
	if err != nil {
		return nil, fmt.Errorf("decode portrait: %w", err)
	}
	r := rand.New(rand.NewPCG(seed, 0x66616365))
	b := img.Bounds()
	near := 1 - 0.08*r.Float64()
	w, h := int(float64(b.Dx())*near), int(float64(b.Dy())*near)
	x, y := r.IntN(b.Dx()-w+1), r.IntN(b.Dy()-h+1)
	out := scale(img, image.Rect(x, y, x+w, y+h).Add(b.Min))
	light, contrast := 30*r.Float64()-15, 0.9+0.2*r.Float64()
	for row := range portraitHeight {
		line := out.Pix[row*out.Stride:][:portraitWidth*4]
		for i := 0; i < len(line); i += 4 {
			noise := r.NormFloat64() * 3
			for c := range 3 {
				v := (float64(line[i+c])-128)*contrast + 128 + light + noise
				line[i+c] = uint8(max(0, min(255, v)))
			}
		}
	}
	return encode(out, 60+r.IntN(30))
}

// Camera returns a picture of a person as the camera at the door would take it:
// from another session than the one Portraits uses, where there is one.
func Camera(faces []Face, person string, seed uint64) ([]byte, error) {
	for _, f := range slices.Backward(faces) {
		if f.Person == person {
			return Vary(f.JPEG, seed)
		}
	}
	return nil, fmt.Errorf("no face of the %s", person)
}

// Portraits gives every candidate a photograph of their own, all of the
// developer: whoever plays a candidate at the door shows Camera. Every
// strangers-th candidate, if strangers is not 0, gets the stranger's face and
// will be refused.
func Portraits(people []Candidate, faces []Face, strangers int) error {
	for i := range people {
		person := Developer
		if strangers > 0 && i%strangers == strangers-1 {
			person = Stranger
		}
		k := slices.IndexFunc(faces, func(f Face) bool { return f.Person == person })
		if k < 0 {
			return fmt.Errorf("no face of the %s", person)
		}
		var err error
		if people[i].Photo, err = Vary(faces[k].JPEG, uint64(i)); err != nil {
			return err
		}
	}
	return nil
}
