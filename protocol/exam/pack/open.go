package pack

import (
	"encoding/binary"
	"encoding/json"
	"hash"
	"io"

	"huyun.internal/protocol/sm"
)

// maxManifest bounds what is read before anything is verified, in bytes.
const maxManifest = 1 << 20

// Package is an opened, verified package. Its reader must stay open while parts
// are read.
type Package struct {
	r io.ReaderAt
	m Manifest
}

// Open checks magic, signature, structure and the digest of both parts, so
// what it returns is whole and from the cloud; it decrypts nothing. Codes:
// pack.magic, .truncated, .signature, .format, .manifest, .path, .digest,
// .read. It reads the whole file once.
func Open(r io.ReaderAt, size int64, cloud *sm.PublicKey) (*Package, error) {
	raw, sig, end, err := readTail(r, size)
	if err != nil {
		return nil, err
	}
	err = sm.Verify(cloud, append([]byte(signLabel), raw...), sig)
	if err != nil {
		return nil, errSignature.With(err)
	}
	m, err := decodeManifest(raw, end)
	if err != nil {
		return nil, err
	}
	for i := range m.Parts {
		err = verifyPart(r, &m.Parts[i])
		if err != nil {
			return nil, err
		}
	}
	return &Package{r, *m}, nil
}

func readTail(r io.ReaderAt, size int64) (manifest, sig []byte, end int64, err error) {
	least := int64(len(magicHead) + tailSize)
	if size < least {
		return nil, nil, 0, errTruncated.Withf("%d bytes", size)
	}
	head := make([]byte, len(magicHead))
	err = readAt(r, head, 0)
	if err != nil {
		return nil, nil, 0, err
	}
	if string(head) != magicHead {
		return nil, nil, 0, errMagic
	}
	tail := make([]byte, tailSize)
	err = readAt(r, tail, size-int64(tailSize))
	if err != nil {
		return nil, nil, 0, err
	}
	if string(tail[8:]) != magicTail {
		return nil, nil, 0, errTruncated.Withf("no end mark")
	}
	n, s := int64(binary.BigEndian.Uint32(tail)), int64(binary.BigEndian.Uint32(tail[4:]))
	if n > maxManifest || s > maxManifest || n+s > size-least {
		return nil, nil, 0, errManifest.Withf("manifest of %d, signature of %d bytes", n, s)
	}
	end = size - int64(tailSize) - n - s
	signed := make([]byte, n+s)
	err = readAt(r, signed, end)
	if err != nil {
		return nil, nil, 0, err
	}
	return signed[:n:n], signed[n:], end, nil
}

func verifyPart(r io.ReaderAt, p *Part) error {
	h := sm.NewHash()
	buf := make([]byte, 256<<10)
	for at, left := p.Offset, p.Stored; left > 0; {
		n := min(left, int64(len(buf)))
		err := readAt(r, buf[:n], at)
		if err != nil {
			return err
		}
		h.Write(buf[:n])
		at, left = at+n, left-n
	}
	if digestOf(h) != p.Digest {
		return errDigest.Withf("part %s", p.Name)
	}
	return nil
}

// Manifest is what the cloud signed. Call Expect on it before using the parts.
func (p *Package) Manifest() Manifest { return p.m }

// Roster decrypts the candidates with the venue's key. Codes: pack.venue when
// the package is for another key, pack.chunk, .content, .path, .read.
func (p *Package) Roster(venue sm.Keeper) (*Roster, error) {
	key, err := p.unwrap(venue, p.m.RosterKey, sm.KeySize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	b, pictures, err := p.part(0, key)
	if err != nil {
		return nil, err
	}
	return &Roster{Candidates: b.Candidates, pictures: pictures}, nil
}

// Paper decrypts the questions with both halves of the key. Codes: those of
// Roster, and pack.release when the half is not this package's.
func (p *Package) Paper(venue sm.Keeper, release []byte) (*Paper, error) {
	if len(release) != ReleaseSize || !commitment(p.m.Pack, release).Equal(p.m.Release) {
		return nil, errRelease
	}
	half, err := p.unwrap(venue, p.m.VenueHalf, ReleaseSize)
	if err != nil {
		return nil, err
	}
	defer clear(half)
	key := contentKey(half, release, p.m.Pack)
	defer clear(key)
	b, pictures, err := p.part(1, key)
	if err != nil {
		return nil, err
	}
	out := &Paper{Secret: b.Secret, Recent: b.Recent, pictures: pictures}
	err = json.Unmarshal(b.Rule, &out.Rule)
	if err == nil {
		err = json.Unmarshal(b.Range, &out.Range)
	}
	if err != nil {
		return nil, errContent.With(err)
	}
	if len(out.Secret) != SecretSize {
		return nil, errContent.Withf("secret of %d bytes", len(out.Secret))
	}
	return out, nil
}

func (p *Package) unwrap(venue sm.Keeper, sealed []byte, size int) ([]byte, error) {
	if venue.Public().ID() != p.m.Recipient {
		return nil, errVenue
	}
	key, err := venue.Decrypt(sealed)
	if err != nil {
		return nil, errVenue.With(err)
	}
	if len(key) != size {
		return nil, errManifest.Withf("key of %d bytes", len(key))
	}
	return key, nil
}

func (p *Package) part(i int, key []byte) (*body, map[string]Picture, error) {
	part := &p.m.Parts[i]
	c := cut{key, p.m.Pack, part.Name, part.Chunk, part.Chunks}
	plain, err := c.open(p.r, part)
	if err != nil {
		return nil, nil, err
	}
	return readEntries(plain)
}

// counter counts and hashes what passes through to w.
type counter struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

func (c *counter) digest() sm.Digest { return digestOf(c.sum) }

func digestOf(h hash.Hash) (d sm.Digest) {
	h.Sum(d[:0])
	return d
}
