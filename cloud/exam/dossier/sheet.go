package dossier

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/printout"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
)

// Sheet is the record as a PDF that says who printed it and when; with the
// pictures that the centre holds. Fault: page.font.
func (s *Service) Sheet(ctx context.Context, id, candidate string) (sitting.Sheet, error) {
	actor, err := auth.Require(ctx, PermRead)
	if err != nil {
		return sitting.Sheet{}, err
	}
	var d Dossier
	var head printout.Sitting
	err = s.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		if d, err = s.read(ctx, tx, PermRead, id, candidate); err == nil {
			head, err = s.Sittings.Heading(ctx, tx, d.Sitting)
		}
		return s.recorded(ctx, tx, err, PermRead, id, candidate, map[string]any{"how": "pdf"})
	})
	if err != nil {
		return sitting.Sheet{}, err
	}
	if err := s.name(ctx, &d); err != nil {
		return sitting.Sheet{}, err
	}
	portrait, err := s.Sittings.Portrait(ctx, id, candidate)
	if err != nil {
		return sitting.Sheet{}, err
	}
	held := map[string][]byte{}
	for _, p := range d.Pictures {
		if p.State != Held {
			continue
		}
		if held[p.Digest], _, err = s.open(ctx, id, candidate, p.Digest); err != nil {
			return sitting.Sheet{}, err
		}
	}
	mark := vocabulary.Mark(actor.Username, actor.Name, s.Clock.Now()).Text
	data, err := printout.Record(head, d.person(portrait), d.parts(portrait, held), mark)
	return sitting.Sheet{Name: fmt.Sprintf("考生全程记录-%s.pdf", d.Candidate.Admission), Data: data}, err
}

// name puts 姓名（账号） where an account stands.
func (s *Service) name(ctx context.Context, d *Dossier) error {
	var who []*string
	for i := range d.Checks {
		who = append(who, &d.Checks[i].Who)
	}
	for i := range d.Door {
		who = append(who, &d.Door[i].Who)
	}
	for i := range d.Alarms {
		who = append(who, &d.Alarms[i].SeenBy)
	}
	for i := range d.Events {
		who = append(who, &d.Events[i].Who)
	}
	for i := range d.Attempts {
		who = append(who, &d.Attempts[i].Who)
	}
	for i := range d.Irregularities {
		who = append(who, &d.Irregularities[i].Who)
	}
	if s.Names == nil {
		return nil
	}
	accounts := make([]string, len(who))
	for i, w := range who {
		accounts[i] = *w
	}
	names, err := s.Names(ctx, accounts)
	for _, w := range who {
		if n := names[*w]; n != "" {
			*w = n + "（" + *w + "）"
		}
	}
	return err
}

func (d *Dossier) person(portrait []byte) printout.Person {
	c := d.Candidate
	return printout.Person{Name: c.Name, IDNo: c.IDNo, Admission: c.Admission, Seat: c.Seat, Photo: portrait}
}

func (d *Dossier) parts(portrait []byte, held map[string][]byte) []printout.Part {
	return []printout.Part{
		{Title: "人脸核验同意", Entries: []printout.Entry{{Lines: []string{d.consent()}}}},
		{Title: "身份核验", Entries: d.checked(portrait, held)},
		{Title: "入场", Entries: d.entered()},
		{Title: "告警", Entries: d.alarmed(held)},
		{Title: "登录与处置", Entries: d.happened()},
		{Title: "作答与交卷", Entries: d.answered()},
		{Title: "违纪与复核", Entries: d.breached(held)},
		{Title: "成绩", Entries: d.concluded()},
	}
}

func (d *Dossier) consent() string {
	if d.Candidate.Consent {
		return "报名时已书面同意人脸核验"
	}
	return "报名时未同意人脸核验，由监考员人工核对证件"
}

// taken is a picture, or why it is not here.
func (d *Dossier) taken(name, digest string, held map[string][]byte) []printout.Labelled {
	if digest == "" {
		return nil
	}
	p := printout.Labelled{Name: name, Data: held[digest]}
	if p.Data == nil {
		p.Missing = "照片在考场"
		if d.Deleted != nil {
			p.Missing = "已到期删除"
		}
	}
	return []printout.Labelled{p}
}

func (d *Dossier) checked(portrait []byte, held map[string][]byte) []printout.Entry {
	var out []printout.Entry
	for _, c := range d.Checks {
		e := printout.Entry{Head: clock.Text(c.At) + "　" + word(stageWords, c.Stage) + "　" + word(decisionWords, c.Decision)}
		// A person's word takes over the score of what it is about, and is no
		// comparison; a picture without a face was never compared.
		byEngine := c.Who == "machine" || c.Who == ""
		if byEngine && c.Engine != "none" && c.Engine != "" && c.Score > 0 {
			line := fmt.Sprintf("相似度 %.3f，阈值 %.3f，人脸 %d 张，引擎 %s", c.Score, c.Threshold, c.Faces, c.Engine)
			if c.Demo {
				line += "（演示级，不作正式依据）"
			}
			e.Lines = append(e.Lines, line, "模型 "+c.Model)
		} else if byEngine {
			e.Lines = append(e.Lines, "没有比对")
		}
		who := "系统"
		if !byEngine {
			who = c.Who
		}
		e.Lines = append(e.Lines, "决定："+who+"，"+word(reasonWords, c.Reason))
		if c.Snapshot != "" {
			e.Pictures = append(e.Pictures, printout.Labelled{Name: "预留照片", Data: portrait, Missing: "没有预留照片"})
			e.Pictures = append(e.Pictures, d.taken("现场照片", c.Snapshot, held)...)
		}
		out = append(out, e)
	}
	return out
}

func (d *Dossier) entered() []printout.Entry {
	var out []printout.Entry
	for _, e := range d.Door {
		what := "不准入场"
		if e.Admitted {
			what = "准予入场"
		}
		out = append(out, printout.Entry{Head: clock.Text(e.At) + "　" + what, Lines: []string{"座位 " + e.Seat + "，由 " + e.Who + " 决定"}})
	}
	return out
}

func (d *Dossier) alarmed(held map[string][]byte) []printout.Entry {
	var out []printout.Entry
	for _, a := range d.Alarms {
		e := printout.Entry{Head: maybe(a.RaisedAt) + "　" + word(levelWords, a.Level), Lines: []string{a.Text}, Pictures: d.taken("现场照片", a.Snapshot, held)}
		if a.SeenAt != nil {
			e.Lines = append(e.Lines, "确认："+a.SeenBy+" "+clock.Text(*a.SeenAt)+" "+a.SeenNote)
		}
		out = append(out, e)
	}
	return out
}

func (d *Dossier) happened() []printout.Entry {
	var out []printout.Entry
	for _, e := range d.Events {
		line := e.told()
		if e.Who != "" {
			line += "　操作人 " + e.Who
		}
		out = append(out, printout.Entry{Head: clock.Text(e.At) + "　" + word(eventWords, e.Kind), Lines: []string{line}})
	}
	return out
}

func (d *Dossier) answered() []printout.Entry {
	var out []printout.Entry
	for _, a := range d.Attempts {
		e := printout.Entry{Head: "座位 " + a.Seat, Lines: []string{
			fmt.Sprintf("试卷 %d 题，作答 %d 题，保存 %d 次；开始 %s，限时 %s，补时 %s", a.Questions, a.Answered, a.Saves, maybe(a.StartedAt), minutes(a.AllowedMS), minutes(a.ExtraMS)),
		}}
		if a.HandedAt == nil {
			e.Lines = append(e.Lines, "没有交卷记录")
		} else {
			e.Lines = append(e.Lines, fmt.Sprintf("交卷 %s，%s %s %s，用时 %s", clock.Text(*a.HandedAt), word(handinWords, a.How), a.Who, a.Reason, minutes(a.UsedMS)))
			e.Lines = append(e.Lines, a.signed())
		}
		out = append(out, e)
	}
	return out
}

func (a Attempt) signed() string {
	if a.SignedAt == nil {
		return "考试中心尚未签收"
	}
	return "考试中心已签收，回执码 " + a.Code + "，签收编号 " + a.Receipt + "，" + clock.Text(*a.SignedAt)
}

func (d *Dossier) breached(held map[string][]byte) []printout.Entry {
	var out []printout.Entry
	for _, i := range d.Irregularities {
		e := printout.Entry{
			Head: clock.Text(i.At) + "　" + i.Code + " " + word(breachWords, i.Code), Lines: []string{i.Note + "　登记人 " + i.Who}, Pictures: d.taken("现场照片", i.Evidence, held),
		}
		if i.Ruling == nil {
			e.Lines = append(e.Lines, "尚未复核")
		} else {
			e.Lines = append(e.Lines, "复核："+word(consequenceWords, i.Ruling.Consequence)+"，"+i.Ruling.WhoName+" "+clock.Text(i.Ruling.At)+"，"+i.Ruling.Reason)
		}
		out = append(out, e)
	}
	return out
}

// unmarked says that the marks beside it are on record only.
func unmarked(o score.Outcome) string {
	if vocabulary.Marked(string(o)) {
		return ""
	}
	return "（仅作记录，不计成绩）"
}

func (d *Dossier) concluded() []printout.Entry {
	var out []printout.Entry
	for _, w := range d.Withdrawn {
		out = append(out, printout.Entry{
			Head:  clock.Text(w.PublishedAt) + "　曾发布：" + score.OutcomeName(w.Outcome) + " " + exam.Points(w.Score).String() + " 分",
			Lines: []string{clock.Text(w.WithdrawnAt) + " 由 " + w.WithdrawnBy + " 撤回更正：" + w.Reason},
		})
	}
	if d.Result == nil {
		return out
	}
	r := d.Result
	out = append(out, printout.Entry{
		Head:  score.OutcomeName(r.Outcome) + "　" + sitting.StateName(d.Sitting.State),
		Lines: []string{fmt.Sprintf("中心复算 %s 分，满分 %s，合格 %s%s", exam.Points(r.Score), exam.Points(r.Full), exam.Points(r.Pass), unmarked(r.Outcome))},
	})
	for _, v := range d.Reviews {
		e := printout.Entry{Head: clock.Text(v.OpenedAt) + "　成绩复查", Lines: []string{v.Statement}}
		if v.ClosedAt != nil {
			e.Lines = append(e.Lines, "答复："+v.Reply+"　"+v.ClosedName+" "+clock.Text(*v.ClosedAt))
		}
		out = append(out, e)
	}
	return out
}
