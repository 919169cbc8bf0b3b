package vision

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A frame is: the four bytes "HYV1", the length of the header, the length of
// the payload (both 32 bits, big endian), the header (one JSON object), the
// payload (pictures one after the other). One connection carries one request
// at a time.
const (
	frameMagic = "HYV1"
	prefixSize = 12

	// MaxHeader and MaxPayload bound a frame; a longer one is refused before
	// anything is read or reserved for it.
	MaxHeader  = 64 << 10
	MaxPayload = 2 * MaxPicture
	// MaxPicture is the largest picture accepted, in bytes.
	MaxPicture = 8 << 20
)

// Reasons to hang up on a peer. Nothing after a broken frame can be believed.
var (
	ErrMagic  = errors.New("not a vision frame")
	ErrLength = errors.New("vision frame is too long")
	ErrHeader = errors.New("vision frame header is malformed")
)

// WriteFrame writes one frame; pictures become its payload.
func WriteFrame(w io.Writer, header any, pictures ...[]byte) error {
	head, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("encode vision header: %w", err)
	}
	size := 0
	for _, p := range pictures {
		size += len(p)
	}
	if len(head) > MaxHeader || size > MaxPayload {
		return ErrLength
	}
	out := make([]byte, prefixSize, prefixSize+len(head))
	copy(out, frameMagic)
	binary.BigEndian.PutUint32(out[4:], uint32(len(head)))
	binary.BigEndian.PutUint32(out[8:], uint32(size))
	if _, err := w.Write(append(out, head...)); err != nil {
		return err
	}
	for _, p := range pictures {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// ReadFrame reads one frame into header and returns its payload. io.EOF means
// that the peer hung up between frames.
func ReadFrame(r io.Reader, header any) ([]byte, error) {
	var prefix [prefixSize]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, err
	}
	if string(prefix[:4]) != frameMagic {
		return nil, ErrMagic
	}
	headSize, size := binary.BigEndian.Uint32(prefix[4:]), binary.BigEndian.Uint32(prefix[8:])
	if headSize == 0 || headSize > MaxHeader || size > MaxPayload {
		return nil, ErrLength
	}
	head, err := readExactly(r, int(headSize))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(head, header); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	return readExactly(r, int(size))
}

// readExactly reserves memory as bytes arrive and not as the prefix promises.
func readExactly(r io.Reader, n int) ([]byte, error) {
	var buf bytes.Buffer
	if n <= 64<<10 {
		buf.Grow(n)
	}
	_, err := io.CopyN(&buf, r, int64(n))
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return buf.Bytes(), err
}
