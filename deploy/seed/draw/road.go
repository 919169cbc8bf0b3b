package main

import "image/color"

var (
	asphalt  = color.RGBA{102, 106, 112, 255}
	pavement = color.RGBA{221, 217, 204, 255}
	grass    = color.RGBA{187, 204, 153, 255}
	cycle    = color.RGBA{119, 136, 119, 255}
	paint    = color.RGBA{255, 255, 255, 255}
	busBlue  = color.RGBA{34, 102, 170, 255}
	busGreen = color.RGBA{34, 136, 85, 255}
	glass    = color.RGBA{187, 221, 238, 255}
	yellow   = color.RGBA{255, 204, 0, 255}
	bicycle  = color.RGBA{238, 119, 34, 255}
	person   = color.RGBA{136, 51, 85, 255}
)

// busStop shows a lay-by from above. Traffic keeps to the right: buses come
// from the left, a cycle lane lies between them and the lay-by.
func busStop() *canvas {
	c := newCanvas(640, 400, pavement)
	c.rect(grass, 0, 0, 640, 40)
	c.rect(asphalt, 0, 50, 640, 210)
	c.rect(cycle, 0, 210, 640, 255)
	c.dashes(paint, 3, 30, 22, point{0, 130}, point{640, 130})
	c.dashes(paint, 3, 14, 10, point{0, 210}, point{640, 210})
	c.poly(asphalt, point{90, 255}, point{180, 320}, point{560, 320}, point{640, 268}, point{640, 255})
	c.dashes(paint, 3, 14, 10, point{90, 255}, point{640, 255})
	c.rect(color.RGBA{238, 234, 221, 255}, 190, 324, 552, 390) // platform
	c.rect(yellow, 190, 322, 552, 327)
	c.rect(color.RGBA{136, 153, 170, 255}, 330, 352, 500, 386) // shelter
	c.rect(color.RGBA{170, 187, 204, 255}, 335, 357, 495, 381)
	c.disc(black, 212, 344, 6) // stop sign on its pole
	c.disc(busBlue, 212, 344, 17)
	c.rect(paint, 202, 338, 222, 349)
	c.disc(busBlue, 207, 350, 3)
	c.disc(busBlue, 217, 350, 3)
	for _, x := range []float64{256, 284, 308} {
		c.disc(person, x, 342, 9)
		c.disc(color.RGBA{238, 204, 170, 255}, x, 342, 5)
	}
	bus(c, busGreen, 380, 262, 165, 46)
	bus(c, busBlue, 40, 144, 165, 48)
	c.arrow(paint, 5, point{222, 172}, point{262, 186}, point{296, 232}, point{318, 262})
	rider(c, 236, 232)
	c.arrow(paint, 3, point{262, 222}, point{284, 222})
	c.arrow(paint, 4, point{480, 92}, point{540, 92})
	return c
}

// bus draws a bus from above that drives to the right.
func bus(c *canvas, col color.Color, x, y, long, wide float64) {
	c.rect(black, x-1, y-1, x+long+1, y+wide+1)
	c.rect(col, x, y, x+long, y+wide)
	c.rect(glass, x+long-12, y+5, x+long-4, y+wide-5)
	c.rect(paint, x+14, y+wide/2-4, x+long-26, y+wide/2+4)
	c.rect(yellow, x+long-4, y+wide-6, x+long, y+wide) // right indicator
}

// rider draws a cyclist from above who rides to the right.
func rider(c *canvas, x, y float64) {
	c.line(black, 4, point{x - 16, y}, point{x + 16, y})
	c.line(black, 3, point{x + 10, y - 8}, point{x + 10, y + 8})
	c.disc(bicycle, x-2, y, 9)
	c.disc(color.RGBA{238, 204, 170, 255}, x, y, 5)
}

// crossing shows a bus that comes from below and is about to turn right, past
// an electric bicycle going straight on and people on the zebra at its right.
func crossing() *canvas {
	c := newCanvas(560, 480, grass)
	c.rect(pavement, 150, 0, 410, 480)
	c.rect(pavement, 0, 110, 560, 330)
	c.rect(asphalt, 170, 0, 390, 480)
	c.rect(asphalt, 0, 130, 560, 310)
	c.rect(cycle, 356, 310, 390, 480)
	c.rect(cycle, 170, 0, 204, 130)
	for _, l := range [][2]point{{{280, 0}, {280, 108}}, {{280, 346}, {280, 480}}, {{0, 220}, {146, 220}}, {{414, 220}, {560, 220}}} {
		c.line(yellow, 4, l[0], l[1])
	}
	c.dashes(paint, 3, 14, 10, point{356, 352}, point{356, 480})
	c.line(paint, 5, point{284, 346}, point{388, 346})
	for i := range 8 {
		d := float64(i)
		c.rect(paint, 414, 138+d*22, 446, 148+d*22)
		c.rect(paint, 114, 138+d*22, 146, 148+d*22)
		c.rect(paint, 178+d*27, 314, 190+d*27, 340)
		c.rect(paint, 178+d*27, 98, 190+d*27, 124)
	}
	standing(c, busBlue, 296, 352, 46, 122)
	c.arrow(paint, 5, point{322, 342}, point{328, 300}, point{352, 276}, point{392, 270})
	upright(c, 374, 384)
	c.arrow(paint, 3, point{374, 360}, point{374, 300})
	for _, p := range []point{{424, 292}, {436, 262}} {
		c.disc(person, p.x, p.y, 10)
		c.disc(color.RGBA{238, 204, 170, 255}, p.x, p.y, 5)
	}
	c.arrow(person, 3, point{430, 246}, point{430, 226})
	lights(c, 470, 64)
	return c
}

// standing draws a bus from above that drives up the picture.
func standing(c *canvas, col color.Color, x, y, wide, long float64) {
	c.rect(black, x-1, y-1, x+wide+1, y+long+1)
	c.rect(col, x, y, x+wide, y+long)
	c.rect(glass, x+5, y+4, x+wide-5, y+12)
	c.rect(paint, x+wide/2-4, y+26, x+wide/2+4, y+long-14)
	c.rect(yellow, x+wide-6, y, x+wide, y+4)
}

func upright(c *canvas, x, y float64) {
	c.line(black, 4, point{x, y - 16}, point{x, y + 16})
	c.line(black, 3, point{x - 8, y - 10}, point{x + 8, y - 10})
	c.disc(bicycle, x, y+2, 9)
	c.disc(color.RGBA{238, 204, 170, 255}, x, y, 5)
}

// lights draws a signal that shows green.
func lights(c *canvas, x, y float64) {
	c.rect(black, x-20, y-52, x+20, y+36)
	c.disc(color.RGBA{85, 17, 17, 255}, x, y-34, 13)
	c.disc(color.RGBA{85, 68, 17, 255}, x, y-6, 13)
	c.disc(color.RGBA{34, 187, 85, 255}, x, y+21, 13)
}
