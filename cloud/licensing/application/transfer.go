package application

import (
	"context"
	"fmt"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// Transfers between provinces (RT06, DG05, XT01–XT03): a road transport
// certificate goes with its holder, with its categories and dates.

// mayMoveIn wants another province's certificate that is in force, of somebody who
// has none of ours.
func mayMoveIn(ctx context.Context, s *Service, w *work) error {
	first, until := w.day("foreign_first"), w.day("foreign_until")
	switch today := s.today(); {
	case today.Before(first) || !first.Before(until):
		return fault.New(fault.Invalid, "licensing.case.transfer.dates", "外省证件的初次领证日期应不晚于今天，并早于有效期止，请按证件核对")
	case until.Before(today):
		return fault.Newf(fault.Precondition, "licensing.case.transfer.expired", "外省证件已于 %s 到期，请先在原发证机关换证，再办理转入", until)
	}
	if since := w.day("since"); s.today().Before(since) {
		return fault.New(fault.Invalid, "licensing.case.transfer.since", "在本市居住或就业的起始日期不能晚于今天，请核对")
	}
	list, err := s.People.Licences(ctx, w.tx, w.Person)
	if i := slices.IndexFunc(list, func(l practitioner.Licence) bool {
		return l.Type == w.def.Certificate && l.State == practitioner.InForce
	}); err == nil && i >= 0 {
		err = fault.New(fault.Precondition, "licensing.case.transfer.holds", "该人员已有本市核发的有效从业资格证，不需要转入；增加类别的请办理增项")
	}
	return err
}

func moveIn(ctx context.Context, s *Service, w *work) error {
	if err := mayMoveIn(ctx, s, w); err != nil {
		return err
	}
	first, until := w.day("foreign_first"), w.day("foreign_until")
	from := practitioner.PeriodStart(w.def.Certificate, until)
	if from.Before(first) {
		from = first
	}
	l, err := s.People.Issue(ctx, w.tx, practitioner.Grant{
		Person: w.Person, Act: practitioner.MoveIn, Type: w.def.Certificate, Categories: w.Categories, On: w.DecidedOn, Why: "原发证机关" + w.form["from_agency"], Ref: w.ID,
		Taken: &practitioner.Taken{FirstIssue: first, ValidFrom: from, ValidTo: until},
	})
	w.Licence = l.ID
	return err
}

// mayMoveOut wants a certificate of ours in force, and all of it: the file moves
// as one.
func mayMoveOut(ctx context.Context, s *Service, w *work) error {
	f, err := s.known(ctx, w)
	if err != nil {
		return err
	}
	l, held := f.held()
	if !held {
		return fault.New(fault.Precondition, "licensing.case.transfer.none", "名下没有本市核发的有效从业资格证，不能转出")
	}
	for _, c := range l.Categories {
		if !slices.Contains(w.Categories, c.Code) {
			return fault.New(fault.Invalid, "licensing.case.transfer.part", "转出须包含证件上的全部从业资格类别，请补齐类别后提交")
		}
	}
	w.Licence = l.ID
	return nil
}

func moveOut(ctx context.Context, s *Service, w *work) error {
	if err := mayMoveOut(ctx, s, w); err != nil {
		return err
	}
	return s.People.SetState(ctx, w.tx, w.Licence, practitioner.Transferred, "转往"+w.form["to_province"]+"（"+w.ApplyNo+"）", w.ID)
}

// revocable is the transfer that a revocation names, by the ministry's number or
// by ours. Faults: licensing.case.transfer.missing, .made.
func (s *Service) revocable(ctx context.Context, w *work) (Case, error) {
	list, err := s.Of(ctx, w.tx, w.Person)
	if err != nil {
		return Case{}, err
	}
	no := w.form["transfer_no"]
	for _, c := range list {
		if c.Action != licensing.TransferIn && c.Action != licensing.TransferOut || c.State == licensing.Draft {
			continue
		}
		form, err := s.form(&c)
		if err != nil {
			return c, err
		}
		if c.ApplyNo != no && form["message_no"] != no {
			continue
		}
		if c.State.Decided() && (c.Action == licensing.TransferIn || !slices.Contains(movedOut, c.State)) {
			return c, fault.Newf(fault.Precondition, "licensing.case.transfer.made", "转籍业务 %s 当前为“%s”，不能撤销；转入已经落档的，请由转入地办理转出", no, c.StateName)
		}
		return c, nil
	}
	return Case{}, fault.Newf(fault.Precondition, "licensing.case.transfer.missing", "没有找到该人员的转籍业务 %s，请核对编号", no)
}

// movedOut are the states of a transfer out whose certificate is marked as gone.
var movedOut = []licensing.State{licensing.Granted, licensing.Delivering, licensing.Completed}

func mayRevokeTransfer(ctx context.Context, s *Service, w *work) error {
	_, err := s.revocable(ctx, w)
	return err
}

// revokeTransfer ends the transfer and puts back what it changed: the certificate
// that had gone is in force again.
func revokeTransfer(ctx context.Context, s *Service, w *work) error {
	found, err := s.revocable(ctx, w)
	if err != nil {
		return err
	}
	c, err := s.lock(ctx, w.tx, found.ID)
	if err != nil {
		return err
	}
	if c.Revision != found.Revision {
		return fault.New(fault.Conflict, "licensing.case.stale", "转籍业务刚被办理，请刷新后重试")
	}
	if slices.Contains(movedOut, c.State) {
		if err := s.People.SetState(ctx, w.tx, c.Licence, practitioner.InForce, "转籍撤销（"+w.ApplyNo+"）", w.ID); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("转籍撤销：%s（%s），恢复转籍前的状态", c.ApplyNo, w.form["transfer_no"])
	if err := s.People.Note(ctx, w.tx, w.Person, practitioner.Event{Kind: "TRANSFER_REVOKE", Text: text, Ref: w.ID}); err != nil || c.State.Final() {
		return err
	}
	o := Order{ID: named("revoked-%s", w.ID), Version: c.Revision, Text: "转籍已撤销（" + w.ApplyNo + "）"}
	return s.happens(ctx, w.tx, &c, licensing.RemoteCancel, o, w.actor)
}
