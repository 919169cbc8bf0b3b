package application

import (
	"context"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/practitioner"
)

// Cards beside the certificates: supervision cards (SC01–SC03) and training
// certificates (BU04). Here they come into being; printing them is elsewhere.

var cardActs = map[licensing.Action]struct {
	kind practitioner.CardKind
	act  practitioner.CardAct
}{
	licensing.CardNew: {practitioner.Supervision, practitioner.CardNew}, licensing.CardRenew: {practitioner.Supervision, practitioner.CardRenew},
	licensing.CardReissue: {practitioner.Supervision, practitioner.CardReissue}, licensing.TrainCert: {practitioner.Training, practitioner.CardNew},
}

func (w *work) card() (practitioner.CardOrder, error) {
	category, err := w.one()
	what := cardActs[w.Action]
	return practitioner.CardOrder{
		Person: w.Person, Kind: what.kind, Act: what.act, Category: category, Company: w.form["employer"], CompanyCode: w.form["employer_code"],
		StaffNo: w.form["staff_no"], On: w.DecidedOn, Ref: w.ID,
	}, err
}

func mayCard(ctx context.Context, s *Service, w *work) error {
	o, err := w.card()
	if err == nil {
		err = s.People.CheckCard(ctx, w.tx, o)
	}
	return err
}

func issueCard(ctx context.Context, s *Service, w *work) error {
	o, err := w.card()
	if err == nil {
		_, err = s.People.IssueCard(ctx, w.tx, o)
	}
	return err
}
