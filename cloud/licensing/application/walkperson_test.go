package application_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/person"
)

func (w *walk) basic() practitioner.Basic {
	id, err := person.ParseID(w.number)
	require.NoError(w.t, err)
	mobile, err := person.ParseMobile("13900004321")
	require.NoError(w.t, err)
	return practitioner.Basic{ID: id, Name: "王全程", Mobile: mobile, Nation: "汉族"}
}

// prepare makes the person whom the matter is for: of an age, with the
// certificate, the exam, the hours and whatever else has to be there.
func (w *walk) prepare() {
	w.t.Helper()
	born := "19850307"
	if w.d.Action == licensing.Rehire || w.d.Action == licensing.Dismiss {
		born = "19650105"
	}
	w.number = idLike(fmt.Sprintf("310101%s%03d", born, people.Add(1)*2-1))
	w.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		w.who, err = w.people.Ensure(ctx, tx, w.basic())
		return err
	})
	if len(w.v.holds) > 0 {
		w.certify()
	}
	if slices.Contains(w.d.Checks, "E08") {
		for _, c := range w.v.categories {
			w.Passed(w.basic().ID, w.who.Name, c)
		}
	}
	if slices.Contains(w.d.Checks, "E12") && w.d.Action != licensing.Register { // who begins has had no period to learn in
		for _, c := range w.v.categories {
			d := day(w.t, "2026-03-02")
			require.NoError(w.t, w.people.Educate(w.As("files"), w.who.ID, practitioner.Education{
				Category: c, Org: "交运培训中心", Hours: 54, Begins: d, Ends: d, Mode: "ONSITE", Source: "培训系统",
			}))
		}
	}
	w.tx(w.beside)
	if w.d.Action == licensing.ExamRetake {
		for _, subject := range w.papers() {
			w.Sat(w.basic().ID, w.who.Name, w.v.categories[0], subject, w.Clock.Now().AddDate(0, 0, -10), "FAILED")
		}
	}
}

// certify issues what the person holds: in the window of a renewal, or well before.
func (w *walk) certify() {
	issued := "2024-03-01"
	if w.d.Action == licensing.Renew {
		issued = "2021-01-10"
		if w.d.Certificate == practitioner.RideHail { // three years of registration
			issued = "2024-01-10"
		}
	}
	w.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		w.licence, err = w.people.Issue(ctx, tx, practitioner.Grant{
			Person: w.who.ID, Act: practitioner.First, Type: practitioner.TypeOf(w.v.holds[0]), Categories: w.v.holds, On: day(w.t, issued),
		})
		return err
	})
}

// beside is what the action is about when it is no certificate.
func (w *walk) beside(ctx context.Context, tx pgx.Tx) error {
	category := w.v.categories[0]
	switch w.d.Action {
	case licensing.Dismiss:
		_, err := w.people.Rehire(ctx, tx, practitioner.RehireDraft{
			Person: w.who.ID, Category: category, Company: "浦东公交（演示）", CompanyCode: company, From: day(w.t, "2026-10-01"), To: day(w.t, "2027-10-31"),
			HealthUntil: day(w.t, "2027-10-31"), ContractUntil: day(w.t, "2027-10-31"),
		})
		if err != nil {
			return err
		}
		return w.card(ctx, tx, category)
	case licensing.CardNew:
		return w.employed(ctx, tx, category)
	case licensing.CardRenew, licensing.CardReissue:
		if err := w.employed(ctx, tx, category); err != nil {
			return err
		}
		return w.card(ctx, tx, category)
	case licensing.RegisterRenew, licensing.RegisterCancel:
		if err := w.people.PutRegistration(ctx, tx, w.who.ID, practitioner.RegistrationDraft{
			Category: category, Employer: "浦东公交（演示）", EmployerCode: company, From: day(w.t, "2024-01-10"), Source: "导入",
		}); err != nil {
			return err
		}
		return w.card(ctx, tx, category)
	case licensing.TransferRevoke:
		return w.transfer(ctx, tx)
	}
	return nil
}

// employed registers a taxi driver, whose card names the company.
func (w *walk) employed(ctx context.Context, tx pgx.Tx, category string) error {
	if practitioner.TypeOf(category) != practitioner.Taxi {
		return nil
	}
	return w.people.PutRegistration(ctx, tx, w.who.ID, practitioner.RegistrationDraft{
		Category: category, Employer: "浦东公交（演示）", EmployerCode: company, From: day(w.t, "2026-03-01"), Source: "导入",
	})
}

func (w *walk) card(ctx context.Context, tx pgx.Tx, category string) error {
	c, err := w.people.IssueCard(ctx, tx, practitioner.CardOrder{
		Person: w.who.ID, Kind: practitioner.Supervision, Category: category, Company: "浦东公交（演示）", CompanyCode: company, On: day(w.t, "2026-10-01"),
	})
	w.before["card"] = c.ID
	return err
}

// transfer is one to another province that is under way.
func (w *walk) transfer(ctx context.Context, tx pgx.Tx) (err error) {
	w.licence, err = w.people.Issue(ctx, tx, practitioner.Grant{
		Person: w.who.ID, Act: practitioner.First, Type: practitioner.Road, Categories: w.v.categories, On: day(w.t, "2024-03-01"),
	})
	if err != nil {
		return err
	}
	by, _ := auth.From(ctx)
	c, err := w.ProvinceOpen(ctx, tx, by, application.ProvinceDraft{
		ID: w.hall.id(), Matter: "XT01", Who: w.basic(), Categories: w.v.categories,
		Form: map[string]string{"message_no": "BMOUT" + w.number[10:], "from_province": "浙江省", "to_province": "浙江省", "name": w.who.Name, "id_no": w.number, "mobile": "13900004321"},
	})
	if err != nil {
		return err
	}
	w.before["transfer"], w.before["transfer_no"] = c.ID, "BMOUT"+w.number[10:]
	_, err = w.ProvinceDo(ctx, tx, c.ID, by, licensing.Submit, "submit-"+c.ID, "")
	return err
}
