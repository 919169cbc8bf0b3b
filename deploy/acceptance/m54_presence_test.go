package main

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// TestM54Presence: an empty chair, one that stays empty, company, and somebody
// else who sits down in the end: each is told to the proctors with its picture,
// and the exam goes on until a person decides.
func TestM54Presence(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "在座检查", Rule: storyRule, Candidates: 1, Seed: 541, In: 4 * time.Hour})
	require.NoError(t, err)
	h := w.Hall(w.logins, e)
	h.Terminals = w.hall.Terminals
	require.NoError(t, h.Open(ctx))
	s := begin(ctx, t, h)
	faces, err := seed.Faces(ctx)
	require.NoError(t, err)
	self := e.People[0].Camera
	other, err := seed.Camera(faces, seed.Stranger, 5)
	require.NoError(t, err)
	shows := func(pictures ...[]byte) {
		for _, p := range pictures {
			require.NoError(t, s.Seat(ctx, p))
		}
	}
	open := func() map[string]string {
		out := map[string]string{}
		for _, a := range get[list[alarmed]](t, h.Chief.Client, "/proctor/v1/alarms?open=true&sitting="+e.Sitting).Items {
			if !strings.HasPrefix(a.Code, "face.") {
				continue // of the machine itself, which is slow to report here
			}
			out[a.Code] = a.Level
			require.NotEmpty(t, get[[]byte](t, h.Chief.Client, "/proctor/v1/pictures/"+a.Snapshot))
		}
		return out
	}

	shows(self, empty(t), self, self)
	require.Empty(t, open(), "one picture proves nothing")
	shows(together(t, self, other), together(t, self, other))
	require.Equal(t, map[string]string{"face.several": "red"}, open())
	shows(self, empty(t), empty(t))
	require.Equal(t, map[string]string{"face.several": "red", "face.absent": "yellow"}, open())
	select {
	case <-time.After(61 * time.Second): // a minute is what the rule says
	case <-ctx.Done():
	}
	shows(empty(t))
	require.Equal(t, "red", open()["face.away"])
	shows(other)
	require.Equal(t, map[string]string{"face.several": "red", "face.away": "red", "face.unlike": "red"}, open())
	st, err := s.State(ctx)
	require.NoError(t, err)
	require.False(t, st.Blocked || st.Paused || st.Result != nil, "no machine ends an exam: %+v", st)
	require.NoError(t, s.Save(ctx, "1", 1, []string{"T"}))
}

// empty is a wall.
func empty(t *testing.T) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 320, 240))
	for i := range m.Pix {
		m.Pix[i] = byte(120 + i%13 + i/320%7)
	}
	return encoded(t, m)
}

// together puts two pictures side by side.
func together(t *testing.T, a, b []byte) []byte {
	t.Helper()
	left, err := jpeg.Decode(bytes.NewReader(a))
	require.NoError(t, err)
	right, err := jpeg.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	w := left.Bounds().Dx()
	m := image.NewRGBA(image.Rect(0, 0, w+right.Bounds().Dx(), max(left.Bounds().Dy(), right.Bounds().Dy())))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.Gray{Y: 128}), image.Point{}, draw.Src)
	draw.Draw(m, left.Bounds(), left, left.Bounds().Min, draw.Src)
	draw.Draw(m, right.Bounds().Add(image.Pt(w, 0)), right, right.Bounds().Min, draw.Src)
	return encoded(t, m)
}

func encoded(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 88}))
	return b.Bytes()
}
