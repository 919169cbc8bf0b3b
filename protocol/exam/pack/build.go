package pack

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/sm"
)

// The file begins and ends with a magic; the end one is preceded by the
// lengths of manifest and signature, so that writing needs one pass and a file
// cut anywhere has no end.
const (
	magicHead = "HUYUNPK1"
	magicTail = "1KPNUYUH"
	tailSize  = 4 + 4 + len(magicTail)

	signLabel   = "huyun pack manifest 1\x00"
	commitLabel = "huyun pack release 1\x00"
	keyLabel    = "huyun pack paper key 1 "
	unlockLabel = "huyun pack unlock 1 "

	defaultChunk = 1 << 20
)

// Built says what Build wrote.
type Built struct {
	Digest   sm.Digest // SM3 of the whole file: its address
	Size     int64     // bytes
	Release  []byte    // the centre's half, ReleaseSize bytes: seal it, and release it when the time has come
	Codes    []string  // unlock codes, secret each: seal them, and let each out to one person
	Manifest Manifest
}

// Build writes a package for one venue. It refuses with pack.content, or a code
// of package exam, what a venue could not use: a rule the range cannot satisfy,
// a picture that is missing, a candidate named twice.
//
// Encrypting once for many venues needs only further wrapped halves in the
// manifest; it is left until a sitting is held at more than one venue.
func Build(w io.Writer, c Content, cloud sm.Signer, venue *sm.PublicKey) (Built, error) {
	return build(w, c, cloud, venue, defaultChunk)
}

func build(w io.Writer, c Content, cloud sm.Signer, venue *sm.PublicKey, chunk int64) (Built, error) {
	roster, paper, err := c.bodies()
	if err != nil {
		return Built{}, err
	}
	keys, err := newKeys(venue)
	if err != nil {
		return Built{}, err
	}
	out := &counter{w: w, sum: sm.NewHash()}
	m := keys.manifest(&c, venue)
	codes, err := m.lock(c.Unlock, keys.release)
	if err != nil {
		return Built{}, err
	}
	_, err = io.WriteString(out, magicHead)
	if err != nil {
		return Built{}, fmt.Errorf("pack: write: %w", err)
	}
	for _, p := range []struct {
		name     string
		key      []byte
		content  []byte
		pictures []Picture
	}{
		{partRoster, keys.roster, roster, c.Photos},
		{partPaper, contentKey(keys.venue, keys.release, m.Pack), paper, c.Media},
	} {
		part := Part{Name: p.name, Offset: out.n, Chunk: chunk, Size: plainSize(p.content, p.pictures)}
		part.Chunks = chunks(part.Size, chunk)
		s := newSealer(out, cut{p.key, m.Pack, p.name, chunk, part.Chunks})
		err = writeEntries(s, p.content, p.pictures)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			return Built{}, fmt.Errorf("pack: write %s: %w", p.name, err)
		}
		part.Stored, part.Digest = s.out, s.digest()
		m.Parts = append(m.Parts, part)
	}
	err = writeTail(out, &m, cloud)
	if err != nil {
		return Built{}, err
	}
	return Built{Digest: out.digest(), Size: out.n, Release: keys.release, Codes: codes, Manifest: m}, nil
}

func writeTail(w io.Writer, m *Manifest, cloud sm.Signer) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("pack: manifest: %w", err)
	}
	sig, err := cloud.Sign(append([]byte(signLabel), raw...))
	if err != nil {
		return fmt.Errorf("pack: sign: %w", err)
	}
	tail := append(raw, sig...)
	tail = binary.BigEndian.AppendUint32(tail, uint32(len(raw)))
	tail = binary.BigEndian.AppendUint32(tail, uint32(len(sig)))
	tail = append(tail, magicTail...)
	_, err = w.Write(tail)
	if err != nil {
		return fmt.Errorf("pack: write: %w", err)
	}
	return nil
}

// keys are a package's secrets and the id they are bound to.
type keys struct {
	id                     string
	roster, venue, release []byte
	rosterSealed           []byte
	venueSealed            []byte
}

func newKeys(venue *sm.PublicKey) (*keys, error) {
	k := &keys{roster: make([]byte, sm.KeySize), venue: make([]byte, ReleaseSize), release: make([]byte, ReleaseSize)}
	id := make([]byte, 16)
	for _, b := range [][]byte{id, k.roster, k.venue, k.release} {
		_, err := rand.Read(b)
		if err != nil {
			return nil, fmt.Errorf("pack: keys: %w", err)
		}
	}
	k.id = hex.EncodeToString(id)
	var err error
	k.rosterSealed, err = sm.Encrypt(venue, k.roster)
	if err == nil {
		k.venueSealed, err = sm.Encrypt(venue, k.venue)
	}
	if err != nil {
		return nil, fmt.Errorf("pack: wrap keys: %w", err)
	}
	return k, nil
}

func (k *keys) manifest(c *Content, venue *sm.PublicKey) Manifest {
	return Manifest{
		Format: Format, Pack: k.id, Sitting: c.Sitting, Venue: c.Venue, Version: c.Version, Made: c.Made.UTC(),
		Candidates: len(c.Candidates), Recipient: venue.ID(),
		RosterKey: k.rosterSealed, VenueHalf: k.venueSealed, Release: commitment(k.id, k.release),
	}
}

// contentKey joins the halves. Either alone says nothing about the result.
func contentKey(venue, release []byte, pack string) []byte {
	whole := make([]byte, ReleaseSize)
	subtle.XORBytes(whole, venue, release)
	defer clear(whole)
	return sm.Derive(whole, keyLabel+pack, sm.KeySize)
}

// commitment lets a venue tell a wrong half from a damaged file. The half has
// 256 random bits, so its digest gives nothing away.
func commitment(pack string, release []byte) sm.Digest {
	return sm.Sum([]byte(commitLabel+pack+"\x00"), release)
}

// bodies checks the content and encodes the JSON entry of each part.
func (c *Content) bodies() (roster, paper []byte, err error) {
	if c.Sitting == "" || c.Venue == "" || c.Version < 1 || len(c.Secret) != SecretSize {
		return nil, nil, errContent.Withf("sitting %q, venue %q, version %d, secret of %d bytes",
			c.Sitting, c.Venue, c.Version, len(c.Secret))
	}
	err = c.checkRoster()
	if err != nil {
		return nil, nil, err
	}
	err = c.checkPaper()
	if err != nil {
		return nil, nil, err
	}
	rule, err := json.Marshal(c.Rule)
	if err != nil {
		return nil, nil, fmt.Errorf("pack: rule: %w", err)
	}
	questions, err := json.Marshal(c.Range)
	if err != nil {
		return nil, nil, fmt.Errorf("pack: range: %w", err)
	}
	roster, err = json.Marshal(body{Candidates: c.Candidates, Pictures: c.Photos}) //nolint:gosec // the roster has no secret
	if err != nil {
		return nil, nil, fmt.Errorf("pack: roster: %w", err)
	}
	paper, err = json.Marshal(body{Rule: rule, Range: questions, Secret: c.Secret, Recent: c.Recent, Pictures: c.Media}) //nolint:gosec // only ever written sealed
	if err != nil {
		return nil, nil, fmt.Errorf("pack: paper: %w", err)
	}
	return roster, paper, nil
}

func (c *Content) checkRoster() error {
	photos, err := album(c.Photos)
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(c.Candidates))
	for _, p := range c.Candidates {
		if p.ID == "" || p.AdmissionNo == "" || seen["id "+p.ID] || seen["no "+p.AdmissionNo] {
			return errContent.Withf("%s: empty or repeated", p)
		}
		seen["id "+p.ID], seen["no "+p.AdmissionNo] = true, true
		if p.Photo != "" && !photos[p.Photo] {
			return errContent.Withf("%s: photograph missing", p)
		}
	}
	return nil
}

func (c *Content) checkPaper() error {
	media, err := album(c.Media)
	if err != nil {
		return err
	}
	x, err := exam.NewIndex(c.Range)
	if err != nil {
		return err
	}
	_, err = exam.Prepare(c.Rule, x)
	if err != nil {
		return err
	}
	for i := range c.Range.Questions {
		q := &c.Range.Questions[i]
		used := q.Media
		for j := range q.Sub {
			used = append(used[:len(used):len(used)], q.Sub[j].Media...)
		}
		for _, m := range used {
			if !media[m.Digest] {
				return errContent.Withf("question %s: picture %s missing", q.ID, m.Digest)
			}
		}
	}
	return nil
}

func album(pictures []Picture) (map[string]bool, error) {
	m := make(map[string]bool, len(pictures))
	for i := range pictures {
		err := pictures[i].check()
		if err != nil {
			return nil, err
		}
		if m[pictures[i].Digest] {
			return nil, errContent.Withf("picture %s twice", pictures[i].Digest)
		}
		m[pictures[i].Digest] = true
	}
	return m, nil
}
