package engine

import "math"

// Point is a position in a picture, in pixels from the upper left corner.
type Point struct{ X, Y float64 }

// Landmarks are, as they lie in the picture from the left: eye, eye, nose tip,
// mouth corner, mouth corner.
type Landmarks [5]Point

// similarity is a rotation, a uniform scale and a shift:
// (x, y) → (a·x − b·y + tx, b·x + a·y + ty).
type similarity struct{ a, b, tx, ty float64 }

// fit returns the similarity that brings from onto to with the least sum of
// squared distances. It never mirrors: a mirrored face is another face. With
// points taken as complex numbers the solution is one division. False when the
// points coincide or are not finite, so that there is nothing to fit.
func fit(from, to Landmarks) (similarity, bool) {
	n := float64(len(from))
	var mf, mt Point
	for i := range from {
		mf.X += from[i].X / n
		mf.Y += from[i].Y / n
		mt.X += to[i].X / n
		mt.Y += to[i].Y / n
	}
	var re, im, size float64
	for i := range from {
		fx, fy := from[i].X-mf.X, from[i].Y-mf.Y
		tx, ty := to[i].X-mt.X, to[i].Y-mt.Y
		re += fx*tx + fy*ty
		im += fx*ty - fy*tx
		size += fx*fx + fy*fy
	}
	// Two pixels squared: five points closer than that are no face, and NaN
	// fails the comparison too.
	if !(size > 4) || math.IsInf(size, 0) {
		return similarity{}, false
	}
	s := similarity{a: re / size, b: im / size}
	s.tx = mt.X - (s.a*mf.X - s.b*mf.Y)
	s.ty = mt.Y - (s.b*mf.X + s.a*mf.Y)
	scale := math.Hypot(s.a, s.b)
	return s, scale > 1e-4 && !math.IsNaN(scale+s.tx+s.ty) && !math.IsInf(scale+s.tx+s.ty, 0)
}

func (s similarity) apply(p Point) Point {
	return Point{s.a*p.X - s.b*p.Y + s.tx, s.b*p.X + s.a*p.Y + s.ty}
}

// Cosine is the similarity of two embeddings, −1 to 1. False means that they
// cannot be compared (different lengths, a NaN, an infinity, a vector of
// zeros), which is never a match.
func Cosine(a, b []float32) (float64, bool) {
	if len(a) == 0 || len(a) != len(b) {
		return 0, false
	}
	var dot, na, nb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot += x * y
		na += x * x
		nb += y * y
	}
	if !(na > 1e-12) || !(nb > 1e-12) || math.IsInf(na, 0) || math.IsInf(nb, 0) {
		return 0, false
	}
	c := dot / math.Sqrt(na*nb)
	if math.IsNaN(c) {
		return 0, false
	}
	return max(-1, min(1, c)), true
}
