package unlock

// The field GF(2^8) with the polynomial of AES, x^8 + x^4 + x^3 + x + 1.

// mul multiplies without tables or branches on its arguments, so that its time
// and memory tell nothing of them.
func mul(a, b byte) byte {
	var p byte
	for range 8 {
		p ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return p
}

// inverse is a^254; of 0 it is 0.
func inverse(a byte) byte {
	out, square := byte(1), a
	for range 7 {
		square = mul(square, square)
		out = mul(out, square)
	}
	return out
}

// eval is the polynomial at x, its coefficients given from the constant on.
func eval(poly []byte, x byte) byte {
	var y byte
	for i := len(poly) - 1; i >= 0; i-- {
		y = mul(y, x) ^ poly[i]
	}
	return y
}
