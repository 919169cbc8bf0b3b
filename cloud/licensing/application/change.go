package application

import (
	"context"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// What a change of the record (RT05, DG04, XP05) changes beside the certificate.

// mayChange refuses what cannot be carried out. A number is the key of a file and
// of what lists and results hold against it: it goes by two files and a merge that
// two people decide, before the certificate is changed.
func mayChange(ctx context.Context, s *Service, w *work) error {
	switch w.form["change"] {
	case "ID_NO":
		return fault.New(fault.Precondition, "licensing.case.change.id_no",
			"身份证号变更涉及成绩、处罚和信用记录：请先由档案管理人员按新号码建档并合并两份档案，合并后再办理补证或换证")
	case "EMPLOYER":
		if _, err := person.ParseCompany(w.form["new_employer_code"]); err != nil {
			return err
		}
	case "NAME":
		p, err := s.People.Get(ctx, w.tx, w.Person)
		if err != nil {
			return err
		}
		if p.Name == w.form["new_name"] {
			return fault.New(fault.Invalid, "licensing.case.change.same", "变更后姓名与档案中的姓名相同，请核对")
		}
	}
	if s.today().Before(w.day("changed_on")) {
		return fault.New(fault.Invalid, "licensing.case.change.day", "变更发生日期不能晚于今天，请核对")
	}
	return nil
}

// change writes into the person's file what was granted.
func (s *Service) change(ctx context.Context, w *work) error {
	a := practitioner.Amendment{Person: w.Person, Categories: w.Categories, On: w.day("changed_on"), Why: w.def.Name + "（" + w.ApplyNo + "）", Ref: w.ID}
	switch w.form["change"] {
	case "NAME":
		a.Name = w.form["new_name"]
	case "ADDRESS":
		a.Address = w.form["new_address"]
	case "EMPLOYER":
		a.Employer, a.EmployerCode = w.form["new_employer"], w.form["new_employer_code"]
	}
	return s.People.Amend(ctx, w.tx, a)
}

// replaces says that a renewal only replaces a worn or outdated card: its dates
// stay, and it is not bound to the window (chapter 1.2, reasons 3 and 7).
func replaces(action licensing.Action, form map[string]string) bool {
	return action == licensing.Renew && (form["reason"] == "DAMAGED" || form["reason"] == "EDITION")
}
