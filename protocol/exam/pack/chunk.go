package pack

import (
	"encoding/binary"
	"hash"
	"io"

	"huyun.internal/protocol/sm"
)

// cut describes how one part is sealed: under which key, bound to what.
type cut struct {
	key    []byte // SM4; used for this part alone
	pack   string
	part   string
	chunk  int64
	chunks int64
}

// nonce counts chunks. A key seals one part of one package, so no nonce is
// ever used twice with it.
func (c *cut) nonce(i int64) []byte {
	n := make([]byte, sm.NonceSize)
	binary.BigEndian.PutUint64(n[sm.NonceSize-8:], uint64(i))
	return n
}

// aad binds a chunk to its package, part and place, and the last to being last.
func (c *cut) aad(i int64) []byte {
	b := []byte("huyun pack chunk 1\x00" + c.pack + "\x00" + c.part + "\x00")
	b = binary.BigEndian.AppendUint64(b, uint64(i))
	b = binary.BigEndian.AppendUint64(b, uint64(c.chunks))
	if i == c.chunks-1 {
		return append(b, 1)
	}
	return append(b, 0)
}

// sealer is the io.Writer that cuts and seals.
type sealer struct {
	cut
	w    io.Writer
	sum  hash.Hash
	buf  []byte
	next int64
	out  int64 // bytes written
}

func newSealer(w io.Writer, c cut) *sealer {
	return &sealer{cut: c, w: w, sum: sm.NewHash(), buf: make([]byte, 0, c.chunk)}
}

func (s *sealer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), cap(s.buf)-len(s.buf))
		s.buf = append(s.buf, p[:k]...)
		p = p[k:]
		if len(s.buf) == cap(s.buf) {
			err := s.flush()
			if err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// Close seals what is left.
func (s *sealer) Close() error {
	if len(s.buf) == 0 {
		return nil
	}
	return s.flush()
}

func (s *sealer) flush() error {
	sealed, err := sm.SealGCMNonce(s.key, s.nonce(s.next), s.aad(s.next), s.buf)
	if err != nil {
		return err
	}
	clear(s.buf)
	s.buf = s.buf[:0]
	s.next++
	s.out += int64(len(sealed))
	s.sum.Write(sealed)
	_, err = s.w.Write(sealed)
	return err
}

func (s *sealer) digest() sm.Digest { return digestOf(s.sum) }

// open reads and unseals a whole part.
func (c *cut) open(r io.ReaderAt, p *Part) ([]byte, error) {
	plain := make([]byte, 0, p.Size)
	sealed := make([]byte, p.Chunk+sm.TagSize)
	at, left := p.Offset, p.Stored
	for i := range p.Chunks {
		n := min(left, int64(len(sealed)))
		err := readAt(r, sealed[:n], at)
		if err != nil {
			return nil, err
		}
		out, err := sm.OpenGCMNonce(c.key, c.nonce(i), c.aad(i), sealed[:n])
		if err != nil {
			return nil, errChunk.Withf("part %s, chunk %d of %d: %w", p.Name, i+1, p.Chunks, err)
		}
		plain = append(plain, out...)
		at, left = at+n, left-n
	}
	return plain, nil
}

func readAt(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return errTruncated.Withf("%d of %d bytes at %d", n, len(p), at)
	}
	return errRead.With(err)
}
