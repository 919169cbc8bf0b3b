package application

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Registers are the city's registers (external/citydata). A fault
// register.CodeRefused is for good; whatever else goes wrong may pass.
type Registers interface {
	Ask(ctx context.Context, q register.Question) (register.Answer, error)
}

// DefaultFresh is how old an answer may be when the decision rests on it.
const DefaultFresh = 24 * time.Hour

// States of an inquiry.
const (
	Waiting  = "WAITING"
	Answered = "ANSWERED"
	Refused  = "REFUSED" // by the register, for good
	Ignored  = "IGNORED" // the case had been decided or ended meanwhile
)

// Inquiry is one question to one register about the applicant of a case.
type Inquiry struct {
	ID         string           `json:"-" db:"id"`
	Case       string           `json:"-" db:"case_id"`
	Service    register.Service `json:"service" db:"service"`
	Name       string           `json:"name" db:"-"`
	Round      int              `json:"round" db:"round"`
	About      string           `json:"-" db:"about"`
	State      string           `json:"state" db:"state" enum:"WAITING,ANSWERED,REFUSED,IGNORED"`
	AskedAt    time.Time        `json:"asked_at" db:"asked_at"`
	AskedBy    string           `json:"-" db:"asked_by"`
	DueAt      time.Time        `json:"-" db:"due_at"`
	Tries      int              `json:"tries" db:"tries"`
	LastError  string           `json:"problem" db:"last_error" doc:"最近一次没有得到答复的原因"`
	AnsweredAt *time.Time       `json:"answered_at,omitempty" db:"answered_at"`
	Source     string           `json:"source" db:"source"`
	Sealed     []byte           `json:"-" db:"answer"`
	Digest     []byte           `json:"-" db:"digest"`
	MAC        []byte           `json:"-" db:"mac"`
	Codes      []string         `json:"codes" db:"-" doc:"由它回答的核查项"`
}

// parts are what a decision hangs on: what was answered, and when.
func (q *Inquiry) parts() [][]byte {
	return [][]byte{
		[]byte("licensing_query"), []byte(q.ID), []byte(q.Case), []byte(q.Service), []byte(q.About), []byte(q.State), []byte(keys.Stamp(*q.AnsweredAt)), []byte(q.Source),
		q.Sealed, q.Digest,
	}
}

// silent says that the register has been asked and does not answer.
func (q *Inquiry) silent() bool { return q.State == Refused || q.State == Waiting && q.LastError != "" }

const placeAnswer = "licensing_query.answer"

// hearing is what a case's registers were asked last, and what they answered last: a
// question that waits or was refused does not undo an answer.
type hearing struct{ last, heard map[register.Service]Inquiry }

func asked(ctx context.Context, q db.Q, of string) (hearing, error) {
	list, err := db.All[Inquiry](ctx, q, inquiriesSQL, of)
	return heard(list), err
}

func heard(list []Inquiry) hearing {
	out := hearing{map[register.Service]Inquiry{}, map[register.Service]Inquiry{}}
	for _, i := range list { // the last of each stays
		out.last[i.Service] = i
		if i.State == Answered {
			out.heard[i.Service] = i
		}
	}
	return out
}

// fresh says that an inquiry was answered so lately that a decision may rest on it.
func (s *Service) fresh(q *Inquiry) bool {
	return q.State == Answered && q.AnsweredAt != nil && !q.AnsweredAt.Before(s.now().Add(-s.Fresh))
}

// about is whom else a register is asked about than the applicant, or for what.
func (s *Service) about(ctx context.Context, q db.Q, service register.Service, c *Case, form map[string]string) (string, error) {
	switch service {
	case register.Company:
		return s.employer(ctx, q, c, form)
	case register.Traffic, register.Background:
		return strings.Join(c.Categories, ","), nil
	}
	return "", nil
}

// answer opens what was answered; a row edited behind the program's back is
// refused. Fault: licensing.case.tampered.
func (s *Service) answer(c *Case, q *Inquiry) (out register.Answer, err error) {
	if !s.keys.CheckRowMAC(q.MAC, q.parts()...) {
		return out, fault.Newf(fault.Internal, "licensing.case.tampered", "办件 %s 的核查答复被程序以外的方式改动过，已停止办理，请联系系统管理员", c.ApplyNo)
	}
	plain, err := s.keys.OpenAt([]string{placeAnswer, q.ID}, q.Sealed)
	if err == nil {
		err = json.Unmarshal(plain, &out)
	}
	if err != nil {
		return out, fmt.Errorf("read answer %s: %w", q.ID, err)
	}
	return out, nil
}

// inquire writes down, in the transaction that causes it, what the registers are
// to be asked for a case. What is being asked is not asked again, nor what was
// answered lately: the platform logs every question. again asks all the same.
func (s *Service) inquire(ctx context.Context, w *work, again bool) ([]register.Service, error) {
	if s.Registers == nil {
		return nil, nil
	}
	have, err := w.inquiries(ctx)
	if err != nil {
		return nil, err
	}
	var out []register.Service
	for _, service := range register.Wanted(w.def.ChecksFor(w.Categories)) {
		about, err := s.about(ctx, w.tx, service, w.Case, w.form)
		if err != nil {
			return nil, err
		}
		before, heard := have.last[service], have.heard[service]
		known := before.State == Waiting || !again && s.fresh(&heard) && heard.About == about
		if known || service == register.Company && about == "" { // or there is nobody to ask about
			continue
		}
		w.later.Write(addInquirySQL, uuid.Must(uuid.NewV7()).String(), w.ID, service, before.Round+1, about, s.now(), w.actor.ID)
		out = append(out, service)
	}
	return out, nil
}

// employer is who somebody works for, by code or else by name: what the form says,
// and without that the registration.
func (s *Service) employer(ctx context.Context, q db.Q, c *Case, form map[string]string) (string, error) {
	code, name := form["employer_code"], form["employer"]
	for _, category := range c.Categories {
		if code+name != "" {
			break
		}
		r, _, err := s.People.Employer(ctx, q, c.Person, category)
		if err != nil {
			return "", err
		}
		code, name = r.EmployerCode, r.Employer
	}
	return cmp.Or(code, name), nil
}

// byRegister answers a check from what the registers said lately.
func byRegister(ctx context.Context, f *facts) (answer, error) {
	s := f.s
	if s.Registers == nil {
		return unknown("市大数据资源平台（" + f.services() + "）"), nil
	}
	if err := f.hear(ctx); err != nil {
		return answer{}, err
	}
	var raw []byte
	var source string
	answers := map[register.Service]register.Answer{}
	for _, service := range register.Needs(f.code) {
		q, last := f.asked.heard[service], f.asked.last[service]
		about, err := s.about(ctx, f.tx, service, f.Case, f.form)
		if err != nil {
			return answer{}, err
		}
		switch {
		case about == "" && service == register.Company:
			return answer{result: Unknown, reason: "没有登记服务单位", guide: "请核对劳动合同后人工确认，或由申请人补充服务单位", source: ours}, nil
		case s.fresh(&q) && q.About == about:
		case last.State == Refused:
			return answer{result: Unknown, reason: last.LastError, guide: "请核对申请人提供的证明后人工确认", source: platform}, nil
		default:
			return answer{result: Unknown, reason: "正在向市大数据平台核查（" + service.Name() + "）", guide: "一般几秒内答复；平台长时间没有答复的，请核对证明后人工确认", source: platform}, nil
		}
		a, err := s.answer(f.Case, &q)
		if err != nil {
			return answer{}, err
		}
		answers[service], raw, source = a, append(raw, q.Digest...), q.Source
	}
	found := register.Judge(f.code, register.Facts{Categories: f.Categories, On: f.today, Limits: f.limits, Answers: answers})
	return answer{result: found.Result, reason: found.Reason, guide: found.Guide, source: source, raw: raw}, nil
}

// platform is whose answers the registers' are.
const platform = "市大数据平台"

func (f *facts) services() string {
	text := ""
	for i, s := range register.Needs(f.code) {
		if i > 0 {
			text += "、"
		}
		text += s.Name()
	}
	return text
}

// hear reads, once, what the registers said and what it is measured by.
func (f *facts) hear(ctx context.Context) (err error) {
	if f.asked.last != nil {
		return nil
	}
	if f.limits, err = register.ReadLimits(ctx, f.tx); err != nil {
		return err
	}
	if err := f.later.Send(ctx, f.tx); err != nil {
		return err
	}
	f.asked, err = asked(ctx, f.tx, f.ID)
	return err
}

// stale are the checks that a decision looks at again and that neither an answer
// nor a person's confirmation of the last hours (Fresh) stands for.
func (s *Service) stale(ctx context.Context, q db.Q, c *Case, codes []string) ([]string, error) {
	if s.Registers == nil {
		return []string{}, nil
	}
	have, err := asked(ctx, q, c.ID)
	if err != nil {
		return nil, err
	}
	all, err := db.All[CheckResult](ctx, q, checksSQL, c.ID)
	if err != nil {
		return nil, err
	}
	since := s.now().Add(-s.Fresh)
	out := []string{}
	for _, code := range codes {
		needs := register.Needs(code)
		if len(needs) == 0 || !slices.Contains(grantChecks, code) {
			continue
		}
		lately := !slices.ContainsFunc(needs, func(r register.Service) bool { i := have.heard[r]; return !s.fresh(&i) })
		proved := slices.ContainsFunc(all, func(r CheckResult) bool { return r.Code == code && r.Result == Confirmed && !r.At.Before(since) })
		if !lately && !proved {
			out = append(out, code)
		}
	}
	return out, nil
}
