package scan

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Scripted says that a PDF brings a program or starts one. It looks at the words of
// the file: one hidden in a compressed object is left to the reader's sandbox.
func Scripted(kind string, data []byte) bool {
	return kind == "application/pdf" && slices.ContainsFunc([]string{"/JavaScript", "/Launch", "/RichMedia"}, func(word string) bool {
		return bytes.Contains(data, []byte(word))
	})
}

// Bare is a document without what nobody handed in on purpose: where and with what a
// telephone took a picture, and whatever hangs behind a picture's end. How a picture
// is turned stays. Anything but a JPEG that it can follow to its end is as it was.
func Bare(kind string, data []byte) []byte {
	if kind != "image/jpeg" || len(data) < 4 {
		return data
	}
	out := slices.Clone(data[:2])
	for at := 2; at+4 <= len(data); {
		marker, size := data[at+1], 2+int(binary.BigEndian.Uint16(data[at+2:]))
		switch {
		case data[at] != 0xff:
			return data
		case marker == 0xff: // filling
			at++
			continue
		case marker == 0xd9:
			return append(out, 0xff, 0xd9)
		case at+size > len(data):
			return data
		}
		part := data[at : at+size]
		if turn := orientation(part); turn > 1 {
			out = append(out, turned(turn)...)
		}
		if !tells(marker) {
			out = append(out, part...)
		}
		at += size
		if marker == 0xda { // the picture's own bytes, to the next marker
			n := picture(data[at:])
			out = append(out, data[at:at+n]...)
			at += n
			if bytes.HasPrefix(data[at:], []byte{0xff, 0xd9}) { // its last two bytes may be the file's
				return append(out, 0xff, 0xd9)
			}
		}
	}
	return data
}

// tells are the segments that describe a picture and do not make it: all of an
// application's but JFIF (APP0), the colours' profile (APP2) and Adobe's (APP14), and
// comments.
func tells(marker byte) bool {
	return marker == 0xfe || marker >= 0xe1 && marker <= 0xef && marker != 0xe2 && marker != 0xee
}

// picture is how many bytes of a scan's data come before the next marker: ff 00 is a
// byte of it, ff d0 to d7 restart it.
func picture(data []byte) int {
	for i := 0; i+1 < len(data); i++ {
		if data[i] == 0xff && data[i+1] != 0 && (data[i+1] < 0xd0 || data[i+1] > 0xd7) {
			return i
		}
	}
	return len(data)
}

var exif = []byte("Exif\x00\x00")

// orientation is how an Exif segment says that a picture is turned, 1 to 8; 0 where it
// does not say (Exif 2.3, tag 274: one number of two bytes in the first directory).
func orientation(part []byte) uint16 {
	if part[1] != 0xe1 || len(part) < 18 || !bytes.HasPrefix(part[4:], exif) {
		return 0
	}
	tiff := part[10:]
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	first := int(order.Uint32(tiff[4:]))
	if first < 8 || first+2 > len(tiff) {
		return 0
	}
	for i := range int(order.Uint16(tiff[first:])) {
		at := first + 2 + 12*i
		if at+12 > len(tiff) {
			return 0
		}
		if v := order.Uint16(tiff[at+8:]); order.Uint16(tiff[at:]) == 274 && v <= 8 {
			return v
		}
	}
	return 0
}

// turned is an Exif segment that says nothing else.
func turned(how uint16) []byte {
	b := slices.Concat([]byte{0xff, 0xe1, 0, 34}, exif, []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01"))
	b = binary.BigEndian.AppendUint16(b, how)
	return append(b, 0, 0, 0, 0, 0, 0)
}
