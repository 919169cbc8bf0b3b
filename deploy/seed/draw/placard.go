package main

import "image/color"

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{17, 17, 17, 255}
	red   = color.RGBA{204, 17, 34, 255}
)

const (
	side   = 360.0
	middle = side / 2
)

// diamond draws a square on its corner, r from its middle to a corner.
func diamond(c *canvas, col color.Color, r float64) {
	c.poly(col, point{middle, middle - r}, point{middle + r, middle}, point{middle, middle + r}, point{middle - r, middle})
}

// frame draws the ground of a placard and the line that runs inside its edge.
func frame(c *canvas, ground, line color.Color) {
	diamond(c, black, 178)
	diamond(c, ground, 175)
	diamond(c, line, 163)
	diamond(c, ground, 159)
}

// flammable is the placard of class 3, flammable liquids.
func flammable() *canvas {
	c := newCanvas(side, side, white)
	frame(c, red, white)
	flame := smooth(
		point{176, 58}, point{196, 84}, point{204, 108}, point{212, 92}, point{228, 122}, point{226, 152},
		point{208, 174}, point{180, 180}, point{152, 174}, point{134, 152}, point{134, 126}, point{146, 104}, point{152, 122}, point{166, 100},
	)
	c.poly(white, flame...)
	c.poly(red, smooth(point{182, 118}, point{194, 140}, point{196, 160}, point{182, 170}, point{166, 162}, point{164, 146}, point{172, 150})...)
	c.rect(white, 118, 188, 242, 196)
	three(c, white, 180, 252)
	return c
}

// corrosive is the placard of class 8: liquids eat into a hand and a metal.
func corrosive() *canvas {
	c := newCanvas(side, side, white)
	frame(c, white, black)
	c.poly(black, point{21, middle}, point{339, middle}, point{middle, 339})
	for _, t := range []struct{ x, lean float64 }{{134, -1}, {226, 1}} {
		tube(c, t.x, t.lean)
		for _, drop := range []float64{112, 124, 136} {
			c.disc(black, t.x, drop, 3)
		}
	}
	c.rect(black, 192, 146, 262, 166) // the metal, with a bite out of it
	c.poly(white, smooth(point{214, 145}, point{238, 145}, point{232, 156}, point{226, 152}, point{220, 157})...)
	c.line(black, 10, point{92, 160}, point{150, 160}) // the hand
	c.line(black, 7, point{150, 156}, point{172, 152})
	c.line(black, 7, point{150, 162}, point{172, 163})
	c.line(black, 6, point{104, 158}, point{116, 146}, point{124, 148})
	c.poly(white, smooth(point{126, 153}, point{142, 153}, point{138, 161}, point{133, 158}, point{129, 162})...)
	eight(c, white, 180, 250)
	return c
}

// tube is a test tube lying tilted above x, pouring.
func tube(c *canvas, x, lean float64) {
	a, b := point{x - 2*lean, 100}, point{x - 44*lean, 78}
	c.line(black, 18, a, b)
	c.line(white, 11, a, b)
	c.line(black, 9, point{(a.x*3 + b.x) / 4, (a.y*3+b.y)/4 + 1}, a)
}

func three(c *canvas, col color.Color, x, y float64) {
	c.ring(col, x, y-21, 17, 11, -150, 90)
	c.ring(col, x, y+17, 21, 11, -90, 150)
}

func eight(c *canvas, col color.Color, x, y float64) {
	c.ring(col, x, y-19, 15, 10, 0, 360)
	c.ring(col, x, y+17, 20, 10, 0, 360)
}
