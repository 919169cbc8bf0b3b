package application

import (
	"context"
	"fmt"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/practitioner"
)

// notTransferring: E19, no certificate that has gone to another province and no
// transfer under way.
func notTransferring(ctx context.Context, f *facts) (answer, error) {
	n, err := f.transfers(ctx)
	if err != nil {
		return answer{}, err
	}
	if n > 0 {
		return fails(ours, "转籍正在办理", "请等转籍办结或撤销后再申请"), nil
	}
	if _, held := f.held(); held {
		return pass(ours), nil
	}
	for _, l := range f.licences {
		if l.State == practitioner.Transferred && l.Type == f.def.Certificate {
			return fails(ours, "证件已转出本市", "请到转入地的发证机关办理"), nil
		}
	}
	return pass(ours), nil
}

// employed: E23, a registration that has not run out, and an employer who is
// registered as a company and in force.
func employed(ctx context.Context, f *facts) (answer, error) {
	for _, c := range f.Categories {
		r, registered, err := f.s.People.Employer(ctx, f.tx, f.person.ID, c)
		if err != nil {
			return answer{}, err
		}
		if !registered {
			continue
		}
		if !r.To.IsZero() && r.To.Before(f.today) {
			return fails(ours, fmt.Sprintf("在“%s”的从业登记已于 %s 到期", r.Employer, r.To), "请先办理延续注册"), nil
		}
		said := f.form["employer_code"]
		if f.Action == licensing.Renew && said != "" && r.EmployerCode != "" && said != r.EmployerCode {
			return fails(ours, fmt.Sprintf("申请表的服务单位与登记的服务单位“%s”不一致", r.Employer), "请先变更从业登记，或改正申请表"), nil
		}
	}
	return byRegister(ctx, f)
}
