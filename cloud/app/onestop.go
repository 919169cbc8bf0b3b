package app

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/external/onestop"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/online"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// jobPrint makes the file of a slip.
const jobPrint = "letter_print"

// wireOneStop connects cases, letters and applicants with 一网通办.
func (s *System) wireOneStop() {
	s.Jobs = jobs.New(s.DB, s.Audit, s.Log)
	client, err := dialOneStop(s.Config.OneStop, s.cloudKey(), s.Clock)
	if err != nil && s.unwired == nil {
		s.unwired = err
	}
	if s.Letter != nil {
		s.Letter.Receipts, s.Letter.Voided = onestop.Receipts, s.voided
		s.Jobs.Add(jobs.Kind{Name: jobPrint, Title: "申报提交确认单：生成文件", Workers: 1, Do: s.Letter.PrintLater})
		s.Letter.Later = func(ctx context.Context, tx pgx.Tx, id string) error {
			return s.Jobs.Insert(ctx, tx, jobs.Args{Kind: jobPrint, Key: id, New: true})
		}
	}
	s.OneStop = onestop.New(onestop.Parts{
		DB: s.DB, Audit: s.Audit, Clock: s.Clock, Log: s.Log, Jobs: s.Jobs, Letters: s.Letter, Calendar: s.Calendar, Client: client,
		Agency: onestop.Agency{Code: s.Config.Letter.AgencyCode, Name: s.Config.Letter.Agency},
		Items:  s.onlineItems, Handed: s.handedIn, Delivered: s.deliveredOnline,
		Noticed: func(ctx context.Context, tx pgx.Tx, person, text string) error {
			return s.Practitioner.Note(ctx, tx, person, practitioner.Event{Kind: "NOTICE", Text: text})
		},
	})
}

// voided tells whom a letter was for that it counts no more: a copy of it lies at the
// platform.
func (s *System) voided(ctx context.Context, tx pgx.Tx, l letter.Letter) error {
	of, err := s.Case.PersonOf(ctx, tx, l.Case)
	if fault.Is(err, db.Missing().Code) {
		of, err = s.Cancel.PersonOf(ctx, tx, l.Case)
	}
	if fault.Is(err, db.Missing().Code) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.OneStop.Notify(ctx, tx, of, "法律文书作废", "您的办件 "+l.ApplyNo+" 的"+l.KindName+" "+l.Number+" 已作废，不再有效："+l.VoidWhy+"。请勿继续使用已下载或打印的文书。")
}

// cloudKey signs what we send; a system without a key ring writes contracts only.
func (s *System) cloudKey() sm.Signer { return s.Keys.Cloud() }

// dialOneStop is the client of the configured platform; none for none.
func dialOneStop(c OneStop, key sm.Signer, k clock.Clock) (*onestop.Client, error) {
	if c.URL == "" {
		return nil, nil //nolint:nilnil // not configured is a way to run
	}
	var ca []byte
	if c.CAFile != "" {
		var err error
		if ca, err = os.ReadFile(c.CAFile); err != nil {
			return nil, fault.Newf(fault.Invalid, "app.config", "读不到证书文件 %s，请检查配置 onestop.ca_file", c.CAFile).With(err)
		}
	}
	return onestop.Dial(c.URL, ca, key, k)
}

// onlineItems are the items that can be applied for online.
func (s *System) onlineItems() []string {
	var out []string
	for _, d := range s.Matter.All() {
		if d.ItemCode != "" && application.Online(d) {
			out = append(out, d.ItemCode)
		}
	}
	return out
}

func (s *System) handedIn(ctx context.Context, q db.Q, c *application.Case) ([]onestop.Handed, error) {
	list, err := s.Case.HandedIn(ctx, q, c)
	out := make([]onestop.Handed, len(list))
	for i, m := range list {
		out[i] = onestop.Handed{Code: m.Code, Name: licensing.Name(licensing.Materials(), m.Code), Form: m.Form, Size: m.Size, SM3: onestop.Hex(m.Blob)}
	}
	return out, err
}

// deliveredOnline notes on the person's timeline that a letter has been delivered,
// and delivers the case when that was all. What bars that does not undo the receipt:
// the window delivers by hand.
func (s *System) deliveredOnline(ctx context.Context, tx pgx.Tx, l letter.Letter, receipt string, _ time.Time) error {
	person, err := s.Case.PersonOf(ctx, tx, l.Case)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.Case.Arrived(ctx, tx, l.Case) })
	if err != nil {
		s.Log.Warn("deliver case online", "case", l.Case, "error", err)
	}
	return s.Practitioner.Note(ctx, tx, person, practitioner.Event{Kind: "CASE", Ref: l.Case, Text: strings.TrimSpace(l.KindName+" "+l.Number) + " 已通过“一网通办”电子送达，回执 " + receipt})
}

// signOn lets an applicant in whom the platform knows.
func (s *System) signOn(ctx context.Context, token string) (online.User, error) {
	u, err := s.OneStop.SignOn(ctx, token)
	if err != nil {
		return online.User{}, err
	}
	out := online.User{ID: u.ID, Kind: online.Citizen, Level: u.Level, Org: u.Org, USCC: u.USCC, Account: application.Account{
		Name: u.Name, IDNo: u.IDNo, Mobile: u.Mobile, Sex: u.Sex, Birth: u.Birth, Nation: u.Nation, Residence: u.Residence, Address: u.Address, Photo: u.Picture(),
	}}
	if u.Company() {
		out.Kind = online.Company
	}
	return out, nil
}
