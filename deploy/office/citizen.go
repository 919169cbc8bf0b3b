package office

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"sync"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// Citizen is somebody with a file.
type Citizen struct {
	seed.Candidate

	File    string
	Licence string // the certificate in force that a matter is about; none: empty
}

// File makes somebody a file and, with categories, a certificate of a day.
func (o *Office) File(ctx context.Context, c seed.Candidate, kind string, categories []string, on clock.Date) (Citizen, error) {
	out := Citizen{Candidate: c}
	id, err := person.ParseID(c.ID)
	if err != nil {
		return out, fmt.Errorf("invented ID number: %w", err)
	}
	mobile, err := person.ParseMobile(c.Mobile)
	if err != nil {
		return out, fmt.Errorf("invented mobile: %w", err)
	}
	ctx = auth.System(ctx, "office")
	return out, o.DB.InTx(ctx, func(tx pgx.Tx) error {
		p, err := o.Practitioner.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: c.Name, Mobile: mobile, Nation: "汉族", Residence: "SH", Address: address})
		if err != nil {
			return err
		}
		out.File = p.ID
		if len(categories) == 0 {
			return nil
		}
		l, err := o.Practitioner.Issue(ctx, tx, practitioner.Grant{Person: p.ID, Act: practitioner.First, Type: kind, Categories: categories, On: on, Why: "演练"})
		out.Licence = l.ID
		return err
	})
}

const address = "上海市浦东新区世纪大道 1 号 502 室"

// Account is what 一网通办 says of somebody.
func (c *Citizen) Account() application.Account {
	sex := "2"
	if c.Male {
		sex = "1"
	}
	birth := c.ID[6:10] + "-" + c.ID[10:12] + "-" + c.ID[12:14]
	return application.Account{
		Name: c.Name, IDNo: c.ID, Mobile: c.Mobile, Sex: sex, Birth: birth, Nation: "汉族", Residence: "上海市黄浦区", Address: address, Photo: portrait(),
	}
}

// Draft is an application as the applicant has filled it in online, whole: it only
// has to be submitted.
func (o *Office) Draft(ctx context.Context, c *Citizen, code string, categories []string, form map[string]string) (application.OwnPage, error) {
	me := o.Citizen(ctx, c.File, c.Name)
	p, err := o.Case.OwnOpen(me, c.Account(), application.OwnDraft{ID: o.Order(), Matter: code, Licence: c.Licence, Categories: categories},
		func(tx pgx.Tx, item string) (string, error) { return o.OneStop.Number(ctx, tx, item) })
	if err != nil {
		return p, fmt.Errorf("open %s: %w", code, err)
	}
	known := map[string]string{}
	for _, f := range p.Fields {
		if v, said := form[f.Key]; said {
			known[f.Key] = v
		}
	}
	p, err = o.Case.OwnSave(me, p.ID, application.Edited{ID: o.Order(), Version: p.Version, Categories: p.Categories, Form: known})
	for _, m := range p.Wanted {
		if err != nil {
			return p, fmt.Errorf("fill in %s: %w", code, err)
		}
		p, err = o.hand(me, p, m.Code, m.Forms)
	}
	return p, err
}

// hand gives a material in, the way the matter takes it.
func (o *Office) hand(me context.Context, p application.OwnPage, code string, forms []matter.MaterialForm) (application.OwnPage, error) {
	for _, m := range p.Materials {
		if m.Code == code {
			return p, nil
		}
	}
	for _, f := range forms {
		switch f {
		case "scan":
			return o.Case.OwnAttach(me, p.ID, code, "材料.jpg", portrait())
		case "pledge":
			return o.Case.OwnAttach(me, p.ID, code, "", nil)
		}
	}
	return p, nil // nobody has to
}

// Submit sends a draft.
func (o *Office) Submit(ctx context.Context, c *Citizen, p application.OwnPage) (application.OwnPage, error) {
	return o.Case.OwnDo(o.Citizen(ctx, c.File, c.Name), p.ID, licensing.Submit, application.Order{ID: o.Order(), Version: p.Version})
}

// portrait is a plain picture in place of a photograph: nobody's face.
var portrait = sync.OnceValue(func() []byte { //nolint:gochecknoglobals // made once
	img := image.NewRGBA(image.Rect(0, 0, 358, 441))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(90, 90, 268, 441), image.NewUniform(color.Gray{Y: 160}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // into memory, it cannot fail
	return b.Bytes()
})

// Said is what an applicant writes of a certificate that was lost.
func Said() map[string]string {
	return map[string]string{"reason": "LOST", "statement": "上周在公交车上遗失，已登报声明", "delivery": "COUNTER"}
}
