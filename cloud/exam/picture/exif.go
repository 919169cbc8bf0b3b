package picture

import (
	"bytes"
	"encoding/binary"
)

const tagOrientation = 0x0112

// orientation reads the one EXIF field that changes how a photograph looks;
// 1 when there is none or it cannot be read.
func orientation(data []byte) int {
	tiff := exif(data)
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(tiff, []byte("MM")) {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:8]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	count := int64(order.Uint16(tiff[at : at+2]))
	for i := range count {
		e := at + 2 + i*12
		if e+12 > int64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[e:e+2]) != tagOrientation {
			continue
		}
		if v := int(order.Uint16(tiff[e+8 : e+10])); v >= 1 && v <= 8 {
			return v
		}
		return 1
	}
	return 1
}

// exif finds the TIFF block of a JPEG's APP1 segment.
func exif(data []byte) []byte {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		size := int(binary.BigEndian.Uint16(data[at+2 : at+4]))
		end := at + 2 + size
		if size < 2 || end > len(data) || data[at+1] == 0xDA {
			return nil
		}
		body := data[at+4 : end]
		if data[at+1] == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return body[6:]
		}
		at = end
	}
	return nil
}
