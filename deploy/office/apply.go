package office

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// offer is a matter as it can be applied for here, through one channel.
type offer struct {
	matter.Definition

	channel licensing.Channel
}

// offers are all matters that can be applied for, by each of the channels that this
// office has.
func (o *Office) offers(ctx context.Context) []offer {
	var out []offer
	for _, d := range o.Matter.All() {
		if d.Action == licensing.ExamEnrol || d.Action == licensing.ExamRetake {
			continue // they wait for a sitting of an exam, which no office holds
		}
		if _, err := o.Case.Blank(o.As(ctx, Clerk), d.Code); err == nil {
			out = append(out, offer{d, licensing.Window})
		}
		if _, err := o.Case.Offered(d.Code); err == nil {
			out = append(out, offer{d, licensing.Online})
		}
	}
	return out
}

// company employs everybody who needs an employer; its code is well formed.
const company, companyCode = "演练出租汽车公司", "91310000132207927C"

// prepared is an applicant for a matter with what the matter takes for granted: a
// certificate that can be renewed, an exam passed, the age to be hired again.
func (o *Office) prepared(ctx context.Context, d *matter.Definition, c seed.Candidate, category string) (Citizen, []string, error) {
	today := o.Day()
	kind, held, issued := practitioner.TypeOf(category), []string{category}, today.Add(-400)
	applied := []string{category}
	switch d.Action {
	case licensing.Apply, licensing.TransferIn:
		held = nil
	case licensing.AddCategory:
		held = []string{"02001"}
		if category == "02001" {
			held = []string{"01001"}
		}
	case licensing.Renew:
		issued = renewable(kind, today)
	case licensing.Rehire, licensing.Dismiss:
		c.ID = elder(c.ID, today)
	}
	out, err := o.File(ctx, c, kind, held, issued)
	if err == nil && slices.Contains(d.Checks, "E08") {
		err = o.passed(ctx, &out, category)
	}
	if err == nil && slices.Contains(d.Checks, "E12") {
		err = o.Practitioner.Educate(o.As(ctx, Clerk), out.File, practitioner.Education{
			Category: category, Org: "演练培训机构", ClassNo: c.ID[10:], Hours: 60, Begins: today.Add(-60), Ends: today.Add(-50), Mode: "ONSITE", Source: "演练",
		})
	}
	if err == nil {
		err = o.beside(ctx, d.Action, out.File, category)
	}
	return out, applied, err
}

// beside is what an action is about when it is no certificate.
func (o *Office) beside(ctx context.Context, a licensing.Action, file, category string) error {
	today := o.Day()
	ctx = auth.System(ctx, "office")
	return o.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		card := a == licensing.CardNew || a == licensing.CardRenew || a == licensing.CardReissue
		if card && practitioner.TypeOf(category) == practitioner.Taxi { // a card names the company of the registration
			err = o.Practitioner.PutRegistration(ctx, tx, file, practitioner.RegistrationDraft{
				Category: category, Employer: company, EmployerCode: companyCode, From: today.Add(-200), Source: "演练",
			})
			if err != nil {
				return err
			}
		}
		switch a {
		case licensing.Dismiss:
			_, err = o.Practitioner.Rehire(ctx, tx, practitioner.RehireDraft{
				Person: file, Category: category, Company: company, CompanyCode: companyCode, From: today.Add(-100), To: today.Add(200),
				HealthUntil: today.Add(300), ContractUntil: today.Add(300), Ref: "演练",
			})
		case licensing.RegisterRenew, licensing.RegisterCancel:
			err = o.Practitioner.PutRegistration(ctx, tx, file, practitioner.RegistrationDraft{
				Category: category, Employer: company, EmployerCode: companyCode, From: renewable(practitioner.Taxi, today), Source: "演练",
			})
		case licensing.CardRenew, licensing.CardReissue:
			_, err = o.Practitioner.IssueCard(ctx, tx, practitioner.CardOrder{
				Person: file, Kind: practitioner.Supervision, Category: category, Company: company, CompanyCode: companyCode, On: today.Add(-100),
			})
		}
		return err
	})
}

// renewable is a day of issue from which a certificate ends in some weeks.
func renewable(kind string, today clock.Date) clock.Date {
	for years := 1; years <= 12; years++ {
		on := clock.Date{Year: today.Year - years, Month: today.Month, Day: min(today.Day, 28)}.Add(45)
		if end := practitioner.ValidTo(kind, on); !end.IsZero() && today.Before(end) && end.Before(today.Add(80)) {
			return on
		}
	}
	// it does not end by itself: its registration does
	return clock.Date{Year: today.Year - practitioner.RegistrationYears, Month: today.Month, Day: min(today.Day, 28)}.Add(45)
}

// elder is the ID number of a man who has retired and may still be hired again.
func elder(id string, today clock.Date) string {
	digits := fmt.Sprintf("%s%04d%s%s1", id[:6], today.Year-63, id[10:14], id[14:16])
	sum := 0
	for _, d := range digits { // GB 11643
		sum = (sum + int(d-'0')) * 2 % 11
	}
	return digits + "10X98765432"[sum:sum+1]
}

// passed leaves what published sittings leave of somebody who passed every subject
// of a category: the rows that a result is read with.
func (o *Office) passed(ctx context.Context, c *Citizen, category string) error {
	for _, subject := range vocabulary.Required(category) {
		if err := o.passedSubject(ctx, c, category, subject); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) passedSubject(ctx context.Context, c *Citizen, category, subject string) error {
	id, err := person.ParseID(c.ID)
	if err != nil {
		return fmt.Errorf("invented ID number: %w", err)
	}
	sitting, candidate, now := uuid.NewString(), uuid.NewString(), o.Now.Now()
	ctx = auth.System(ctx, "office")
	return o.DB.InTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []struct {
			text string
			args []any
		}{
			{`SET LOCAL session_replication_role = replica`, nil}, // rule and room are nobody's business here
			{`INSERT INTO exam_venue (id, code, name, district, address, state, created_at, changed_at) VALUES ($1, $1, $1, '浦东新区', '', 'READY', $2, $2)`, []any{sitting, now}},
			{`INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version, starts_at, minutes, state, created_by, created_at, state_at)
				VALUES ($1, $1, '演练', $1, '', $2, $4, '', 1, $3, 60, 'PUBLISHED', '', $3, $3)`, []any{sitting, category, now, subject}},
			{`INSERT INTO exam_candidate (id, sitting, seq, admission, name, idno, idno_blind, idno_mask, category, consent)
				VALUES ($1, $2, 1, $1, $3, '', $4, $5, $6, true)`, []any{candidate, sitting, c.Name, o.Keys.Person(id), id.Mask(), category}},
			{`INSERT INTO exam_score (sitting, attempt, candidate, score, full_marks, pass_mark, passed, answered, paper_ok, answers_ok, score_ok, items, mac, outcome)
				VALUES ($1, $2, $2, 100, 100, 90, true, 100, true, true, true, '[]', '', 'PASSED')`, []any{sitting, candidate}},
			{`SET LOCAL session_replication_role = origin`, nil},
		} {
			if _, err := tx.Exec(ctx, sql.text, sql.args...); err != nil {
				return fmt.Errorf("a passed exam: %w", err)
			}
		}
		return o.Credit.Settle(ctx, tx, sitting, "演练")
	})
}

// answers fill a form in as far as nobody else does.
func (o *Office) answers(d *offer, c *Citizen, categories []string) map[string]string {
	today := o.Day()
	own := map[string]string{
		"employer": company, "employer_code": companyCode, "rehire_from": today.String(), "rehire_until": today.Add(200).String(),
		"contract_until": today.Add(300).String(), "health_until": today.Add(300).String(), "dismissed_on": today.Add(-3).String(),
		"new_name": c.Name + "华", "foreign_first": today.Add(-900).String(), "foreign_until": today.Add(900).String(),
		"driving_no": c.ID, "driving_first": "2018-05-01", "driving_until": "2032-05-01", "agent": "SELF", "delivery": "COUNTER",
	}
	out := map[string]string{}
	for _, f := range d.FieldsFor(categories, d.channel) {
		if !f.Visible(out) || f.Kind == matter.Category {
			continue
		}
		v := own[f.Key]
		switch {
		case v != "":
		case f.Kind == matter.Chosen:
			v = f.Choices[0].Value
		case f.Kind == matter.Date:
			v = today.Add(-10).String()
		case f.Kind == matter.Name:
			v = c.Name
		case f.Kind == matter.IDNo || f.Kind == matter.Licence:
			v = c.ID
		case f.Kind == matter.Phone:
			v = c.Mobile
		case f.Kind == matter.Address:
			v = address
		case f.Kind == matter.Number:
			v = fmt.Sprint(max(f.Min, 1))
		default:
			v = strings.Repeat("演练中如实填写", 3)
			if f.Max > 0 && len([]rune(v)) > f.Max {
				v = string([]rune(v)[:f.Max])
			}
		}
		out[f.Key] = v
	}
	return out
}

// begin brings an application as far as it can be submitted.
func (o *Office) begin(ctx context.Context, d *offer, c *Citizen, categories []string) (id string, version int, err error) {
	form := o.answers(d, c, categories)
	if d.channel == licensing.Online {
		p, err := o.Draft(ctx, c, d.Code, categories, form)
		return p.ID, p.Version, err
	}
	desk := o.As(ctx, Clerk)
	p, err := o.Case.Open(desk, application.Draft{
		ID: o.Order(), Matter: d.Code, Name: c.Name, IDNo: c.ID, Mobile: c.Mobile, Residence: "SH", Address: address, Licence: c.Licence, Categories: categories, Form: form,
	})
	for _, m := range p.Wanted {
		if err != nil {
			break
		}
		p, err = o.handAtDesk(desk, p, m)
	}
	return p.ID, p.Revision, err
}

func (o *Office) handAtDesk(desk context.Context, p application.Page, m matter.Material) (application.Page, error) {
	switch {
	case slices.Contains(m.Forms, "original"):
		return o.Case.Attach(desk, p.ID, m.Code, "", nil)
	case slices.Contains(m.Forms, "scan"):
		return o.Case.Attach(desk, p.ID, m.Code, "材料.jpg", portrait())
	}
	return p, nil // our own records prove it
}
