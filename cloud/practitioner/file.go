package practitioner

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	_ "image/jpeg" // photographs come as either
	_ "image/png"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Draft is a file as a form sends it.
type Draft struct {
	Name      string `json:"name" minLength:"1" maxLength:"50"`
	IDNo      string `json:"id_no" minLength:"15" maxLength:"18" text:"id"`
	Nation    string `json:"nation,omitempty" maxLength:"20"`
	Residence string `json:"residence,omitempty" enum:",SH,NON_SH,NON_SH_TAXI2NET,NON_SH_RENT2NET"`
	Mobile    string `json:"mobile,omitempty" maxLength:"20"`
	Address   string `json:"address,omitempty" maxLength:"100"`
}

// Correction is what can be corrected: everything but the number. An empty
// mobile or address leaves what is there.
type Correction struct {
	Version   int    `json:"version" minimum:"1"`
	Name      string `json:"name" minLength:"1" maxLength:"50"`
	Nation    string `json:"nation,omitempty" maxLength:"20"`
	Residence string `json:"residence,omitempty" enum:",SH,NON_SH,NON_SH_TAXI2NET,NON_SH_RENT2NET"`
	Mobile    string `json:"mobile,omitempty" maxLength:"20"`
	Address   string `json:"address,omitempty" maxLength:"100"`
	Why       string `json:"why" minLength:"2" maxLength:"200"`

	ref string // the case that decided it
}

func (d Draft) basic() (b Basic, err error) {
	b = Basic{Name: d.Name, Nation: d.Nation, Residence: d.Residence, Address: strings.TrimSpace(d.Address)}
	if b.ID, err = parseAnyID(d.IDNo); err != nil {
		return b, err
	}
	if d.Mobile != "" {
		b.Mobile, err = person.ParseMobile(strings.TrimSpace(d.Mobile))
	}
	return b, err
}

// Create makes a file. Faults: those of person, practitioner.file.exists.
func (s *Service) Create(ctx context.Context, d Draft) (out Person, err error) {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return out, err
	}
	b, err := d.basic()
	if err == nil {
		err = b.ID.CheckAge(s.today(), 16, 100)
	}
	if err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		var made bool
		if out, made, err = s.ensure(ctx, tx, b); err != nil {
			return err
		}
		if !made {
			return fault.Newf(fault.Conflict, "practitioner.file.exists", "这个身份证号已有档案（%s），请按身份证号查询后打开", person.MaskName(out.Name))
		}
		return s.audit.Record(ctx, tx, "practitioner.file.create", out.ID, map[string]any{})
	})
}

// Correct changes a file that nobody has changed since it was read. Faults:
// practitioner.file.stale, those of person.
func (s *Service) Correct(ctx context.Context, id string, c Correction) (out Person, err error) {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return out, err
	}
	name, err := person.ParseName(c.Name)
	if err != nil {
		return out, err
	}
	var mobile person.Mobile
	if c.Mobile != "" {
		if mobile, err = person.ParseMobile(strings.TrimSpace(c.Mobile)); err != nil {
			return out, err
		}
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		p, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Version != c.Version {
			return fault.New(fault.Conflict, "practitioner.file.stale", "档案已被他人修改，请刷新后再改")
		}
		if err := s.correct(ctx, tx, &p, c, string(name), mobile); err != nil {
			return err
		}
		if out, err = s.Get(ctx, tx, p.ID); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "practitioner.file.correct", p.ID, map[string]any{"fields": c.changes(p), "why": c.Why})
	})
}

// changes names what a correction changes, without saying to what.
func (c Correction) changes(p Person) []string {
	out := []string{}
	for name, differs := range map[string]bool{
		"姓名": c.Name != p.Name, "民族": c.Nation != p.Nation, "户籍类型": c.Residence != p.Residence, "手机": c.Mobile != "", "住址": c.Address != "",
	} {
		if differs {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (s *Service) correct(ctx context.Context, tx pgx.Tx, p *Person, c Correction, name string, mobile person.Mobile) error {
	now, err := s.contact(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	next, err := s.sealContact(p.ID, mobile, strings.TrimSpace(c.Address))
	if err != nil {
		return err
	}
	if next.mobile == nil {
		next.mobile, next.blind, next.mask = now.mobile, now.blind, now.mask
	}
	if next.address == nil {
		next.address = now.address
	}
	if _, err := tx.Exec(ctx, changeSQL, p.ID, name, c.Nation, c.Residence, next.mobile, next.blind, next.mask, next.address, s.now()); err != nil {
		return fmt.Errorf("correct practitioner: %w", err)
	}
	text := "更正" + strings.Join(c.changes(*p), "、")
	if name != p.Name {
		text = fmt.Sprintf("%s（原姓名 %s）", text, p.Name)
	}
	if err := s.Note(ctx, tx, p.ID, Event{Kind: "CORRECT", Text: with(text, c.Why), Ref: c.ref}); err != nil {
		return err
	}
	return s.pair(ctx, tx, p.ID)
}

func (s *Service) contact(ctx context.Context, q db.Q, id string) (c contact, err error) {
	_, err = db.One(true, q.QueryRow(ctx, contactSQL, id).Scan(&c.mobile, &c.blind, &c.mask, &c.address))
	return c, err
}

const maxPixels = 4096

// SetPhoto keeps a portrait, sealed. Faults: practitioner.photo.format, .size.
func (s *Service) SetPhoto(ctx context.Context, id string, data []byte) error {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return err
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fault.New(fault.Invalid, "practitioner.photo.format", "照片须为 JPG 或 PNG，请另存后再上传")
	}
	if cfg.Width > maxPixels || cfg.Height > maxPixels || cfg.Width < 100 || cfg.Height < 100 {
		return fault.Newf(fault.Invalid, "practitioner.photo.size", "照片边长应在 100 至 %d 像素之间，请调整后再上传", maxPixels)
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		p, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		sealed, err := s.keys.SealAt([]string{placePhoto, p.ID}, data)
		if err != nil {
			return fmt.Errorf("seal photo: %w", err)
		}
		if _, err := tx.Exec(ctx, photoSQL, p.ID, sealed, "image/"+format, s.keys.Blind(photoIndex, string(data)), s.now()); err != nil {
			return fmt.Errorf("keep photo: %w", err)
		}
		if err := s.Note(ctx, tx, p.ID, Event{Kind: "PHOTO", Text: "更新照片"}); err != nil {
			return err
		}
		if err := s.pair(ctx, tx, p.ID); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "practitioner.file.photo", p.ID, map[string]any{})
	})
}

// sealed is a file's ciphertexts.
type sealed struct {
	IDNo      []byte `db:"idno"`
	Mobile    []byte `db:"mobile"`
	Address   []byte `db:"address"`
	Photo     []byte `db:"photo"`
	PhotoKind string `db:"photo_kind"`
}

// open decrypts one field; "" when the file has none.
func (s *Service) open(ctx context.Context, q db.Q, id, field string) (string, error) {
	row, err := db.Row[sealed](ctx, q, sealedSQL, id)
	if err != nil {
		return "", err
	}
	place, cipher := placeIDNo, row.IDNo
	switch field {
	case "mobile":
		place, cipher = placeMobile, row.Mobile
	case "address":
		place, cipher = placeAddress, row.Address
	case "photo":
		place, cipher = placePhoto, row.Photo
	}
	if cipher == nil {
		return "", nil
	}
	plain, err := s.keys.OpenAt([]string{place, id}, cipher)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", field, err)
	}
	if field == "photo" {
		return "data:" + row.PhotoKind + ";base64," + base64.StdEncoding.EncodeToString(plain), nil
	}
	return string(plain), nil
}

var fieldNames = map[string]string{"id_no": "身份证号", "mobile": "手机", "address": "住址", "photo": "照片"}

// Reveal is one sealed field of a file. Who saw what of whom and why is
// recorded, in the audit and on the person's timeline. Faults:
// practitioner.file.reveal.reason, .empty.
func (s *Service) Reveal(ctx context.Context, id, field, why string) (out string, err error) {
	if _, err := auth.Require(ctx, PermReveal); err != nil {
		return "", err
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < 2 || fieldNames[field] == "" {
		return "", fault.New(fault.Invalid, "practitioner.file.reveal.reason", "查看完整信息须写明用途（至少 2 个字）")
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		p, err := s.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if out, err = s.open(ctx, tx, p.ID, field); err != nil {
			return err
		}
		if out == "" {
			return fault.Newf(fault.NotFound, "practitioner.file.reveal.empty", "档案中没有登记%s", fieldNames[field])
		}
		if err := s.Note(ctx, tx, p.ID, Event{Kind: "REVEAL", Text: "查看完整" + fieldNames[field] + "：" + why}); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermReveal, p.ID, map[string]any{"field": field, "reason": why})
	})
}
