package sitting

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Dispatch builds a sealed package and announces it to the venue; repeated, it
// replaces the one before by a higher version, until the key is out. Faults:
// exam.sitting.dispatch.state, .seats, .tampered, exam.node.none, those of pack.Build.
func (s *Service) Dispatch(ctx context.Context, id string) (Sitting, error) {
	return s.dispatch(ctx, PermDispatch, id)
}

func (s *Service) dispatch(ctx context.Context, perm, id string) (Sitting, error) {
	return s.act(ctx, perm, id, VerbDispatch, "", func(tx pgx.Tx, in Sitting) error {
		if in.Seated < in.Candidates {
			return fault.New(fault.Precondition, "exam.sitting.dispatch.seats", "还有考生没有座位，请重新下达排考")
		}
		if err := s.approved(ctx, tx, id); err != nil {
			return err
		}
		node, pub, err := s.Nodes.NodeFor(ctx, tx, in.Venue)
		if err != nil {
			return err
		}
		last, _, err := db.Maybe[packRow](ctx, tx, packageSQL, id)
		if err != nil {
			return err
		}
		content, kept, err := s.content(ctx, tx, in, last.Version+1)
		if err != nil {
			return err
		}
		var file bytes.Buffer
		built, err := pack.Build(&file, content, s.Keys.Cloud(), pub)
		if err != nil {
			return err
		}
		digest, size, err := s.Blobs.Put(ctx, &file)
		if err != nil {
			return fmt.Errorf("store package: %w", err)
		}
		if digest != built.Digest {
			return errors.New("the stored package has another digest than the built one")
		}
		if err := s.keepPackage(ctx, tx, node, content, built); err != nil {
			return err
		}
		order := wire.PackManifest{Sitting: id, Pack: digest.String(), Size: size, Version: content.Version}
		if err := s.Orders.Append(ctx, tx, node, journal.LaneExam, wire.OrderPackManifest, id, order); err != nil {
			return err
		}
		return s.note(ctx, tx, id, Receipt{
			Kind: ReceiptManifest, Ref: strconv.Itoa(content.Version), OK: true, Who: actorName(ctx), At: s.Clock.Now(),
			Text:   fmt.Sprintf("第 %d 版考题包已生成并通知考场：%d 题，%d 名考生", content.Version, len(content.Range.Questions), len(content.Candidates)) + kept,
			Detail: map[string]any{"pack": digest.String(), "size": size, "node": node},
		})
	})
}

// content gathers what goes into a package, the questions of this moment, and
// says how far the rule's exposure limits are kept.
func (s *Service) content(ctx context.Context, tx pgx.Tx, in Sitting, version int) (pack.Content, string, error) {
	rule, err := s.Papers.Read(ctx, tx, in.Rule, in.RuleVersion)
	if err != nil {
		return pack.Content{}, "", err
	}
	c := pack.Content{
		Sitting: in.ID, Venue: in.Venue, Version: version, Made: s.Clock.Now(), Rule: rule.Body,
		Range: exam.Range{ID: in.ID + "." + strconv.Itoa(version)}, Secret: make([]byte, pack.SecretSize),
		Unlock: pack.Unlock{Need: s.Timing.UnlockNeed, Of: s.Timing.UnlockOf},
	}
	if c.Range.Questions, err = s.Bank.Range(ctx, tx, in.Category, in.Subject); err != nil {
		return c, "", err
	}
	if c.Media, err = s.pictures(ctx, c.Range.Questions); err != nil {
		return c, "", err
	}
	if c.Candidates, c.Photos, err = s.people(ctx, tx, in.ID); err != nil {
		return c, "", err
	}
	kept, err := s.limitExposure(ctx, tx, in, rule.Exposure, &c)
	return c, kept, err
}

// pictures collects what the questions show, each once.
func (s *Service) pictures(ctx context.Context, questions []exam.Question) ([]pack.Picture, error) {
	var out []pack.Picture
	seen := map[string]bool{}
	add := func(media []exam.Media) error {
		for _, m := range media {
			if seen[m.Digest] {
				continue
			}
			seen[m.Digest] = true
			d, err := sm.ParseDigest(m.Digest)
			if err != nil {
				return err
			}
			data, kind, err := s.Bank.Media(ctx, d)
			if err != nil {
				return err
			}
			out = append(out, pack.Picture{Digest: m.Digest, Type: kind, Bytes: data})
		}
		return nil
	}
	for i := range questions {
		err := add(questions[i].Media)
		for j := range questions[i].Sub {
			err = errors.Join(err, add(questions[i].Sub[j].Media))
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// secrets are the sealed columns of a candidate.
type secrets struct {
	ID        string
	IDNo      []byte
	Photo     []byte
	PhotoBlob []byte
	PhotoType string
}

func (s *Service) people(ctx context.Context, q db.Q, id string) ([]pack.Candidate, []pack.Picture, error) {
	list, err := db.Rows(ctx, q, pgx.RowToStructByName[Candidate], allCandidatesSQL, id)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := db.Rows(ctx, q, pgx.RowToStructByPos[secrets], sealedSQL, id)
	if err != nil {
		return nil, nil, err
	}
	out, photos, seen := make([]pack.Candidate, len(list)), []pack.Picture(nil), map[string]bool{}
	for i, c := range list {
		idno, err := s.Keys.OpenAt([]string{placeIDNo, c.ID}, sealed[i].IDNo)
		if err != nil {
			return nil, nil, fmt.Errorf("open id number: %w", err)
		}
		out[i] = pack.Candidate{ID: c.ID, AdmissionNo: c.Admission, Name: c.Name, IDNumber: string(idno), Category: c.Category, Seat: c.Seat, Consent: c.Consent}
		if sealed[i].Photo == nil {
			continue
		}
		out[i].Photo = sm.Digest(sealed[i].Photo).String()
		if seen[out[i].Photo] {
			continue
		}
		seen[out[i].Photo] = true
		data, err := s.openPhoto(ctx, sealed[i].Photo, sealed[i].PhotoBlob)
		if err != nil {
			return nil, nil, err
		}
		photos = append(photos, pack.Picture{Digest: out[i].Photo, Type: sealed[i].PhotoType, Bytes: data})
	}
	return out, photos, nil
}

// Sent is what a package held of questions: enough to make and score every
// paper of the sitting again.
type Sent struct {
	Rule   exam.Rule  `json:"rule"`
	Range  exam.Range `json:"range"`
	Secret []byte     `json:"-"`
	// Recent are questions that a candidate has had before.
	Recent map[string][]string `json:"recent,omitempty"`
}

func (s *Service) keepPackage(ctx context.Context, tx pgx.Tx, node string, c pack.Content, b pack.Built) error {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	err := json.NewEncoder(z).Encode(Sent{Rule: c.Rule, Range: c.Range, Recent: c.Recent})
	if err = errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("encode range: %w", err)
	}
	place := c.Sitting + "." + strconv.Itoa(c.Version)
	content, err1 := s.Keys.SealAt([]string{placeContent, place}, zipped.Bytes())
	secret, err2 := s.Keys.SealAt([]string{placeSecret, place}, c.Secret)
	half, err3 := s.Keys.SealAt([]string{placeHalf, place}, b.Release)
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("seal package: %w", err)
	}
	_, err = tx.Exec(ctx, insertPackageSQL, c.Sitting, c.Version, node, b.Digest.String(), b.Size, c.Range.ID,
		len(c.Range.Questions), content, secret, half, s.Clock.Now(), actorName(ctx))
	if err != nil {
		return fmt.Errorf("insert package: %w", err)
	}
	return s.keepCodes(ctx, tx, c.Sitting, c.Version, b.Codes)
}

// SentTo is what the venue of a sitting opened, or was last sent; for score. Fault:
// exam.sitting.package.none.
func (s *Service) SentTo(ctx context.Context, q db.Q, id string) (Sent, error) {
	p, ok, err := db.Maybe[packRow](ctx, q, usedPackageSQL, id)
	if err != nil {
		return Sent{}, err
	}
	if !ok {
		return Sent{}, fault.New(fault.Precondition, "exam.sitting.package.none", "本场次没有下发过考题包，无法复算成绩")
	}
	place := p.Sitting + "." + strconv.Itoa(p.Version)
	zipped, err1 := s.Keys.OpenAt([]string{placeContent, place}, p.Content)
	secret, err2 := s.Keys.OpenAt([]string{placeSecret, place}, p.Secret)
	if err := errors.Join(err1, err2); err != nil {
		return Sent{}, fmt.Errorf("open package: %w", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return Sent{}, fmt.Errorf("read range: %w", err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return Sent{}, fmt.Errorf("read range: %w", err)
	}
	out := Sent{Secret: secret}
	if err := json.Unmarshal(plain, &out); err != nil {
		return Sent{}, fmt.Errorf("decode range: %w", err)
	}
	return out, nil
}
