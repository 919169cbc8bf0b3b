package exam

import "strconv"

// String is the points as people write them: "80", "1.5".
func (p Points) String() string {
	sign := ""
	if p < 0 {
		sign, p = "-", -p
	}
	s := sign + strconv.Itoa(int(p/10))
	if p%10 != 0 {
		s += "." + strconv.Itoa(int(p%10))
	}
	return s
}

// half of an award; a valid rule only halves even tenths.
func (p Points) half() Points { return p / 2 }
