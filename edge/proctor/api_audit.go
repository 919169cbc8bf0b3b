package proctor

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/staff"
	"huyun.internal/protocol/person"
)

func registerAudit(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "supervise.audit.list", Method: http.MethodGet, Path: "/proctor/v1/audit", Perm: permAuditRead, Summary: "审计记录",
	}, a.auditList)
	web.Register(w, web.Op{
		ID: "supervise.audit.verify", Method: http.MethodPost, Path: "/proctor/v1/audit/verify", Perm: permAuditRead,
		Summary: "校验审计链",
	}, a.auditVerify)
}

type auditIn struct {
	Limit  int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Before uint64    `query:"before" doc:"只看序号比它小的；翻到下一页时填上一页最后一条的序号"`
	Q      string    `query:"q" maxLength:"40" doc:"账号、姓名、对象或说明"`
	Action string    `query:"action" maxLength:"64" doc:"操作的代码"`
	From   time.Time `query:"from" doc:"不早于"`
	To     time.Time `query:"to" doc:"早于"`
}

// wants is whether an entry answers what was asked; the words are compared as a
// person reads them.
func (in *auditIn) wants(e audit.Entry, n names) bool {
	switch {
	case in.Action != "" && e.Action != in.Action,
		!in.From.IsZero() && e.At.Before(in.From),
		!in.To.IsZero() && !e.At.Before(in.To):
		return false
	}
	q := strings.TrimSpace(in.Q)
	return q == "" || slices.ContainsFunc([]string{e.Actor, n.who(e.Actor), e.Object, n.about(e), n.words(e.Detail)},
		func(s string) bool { return strings.Contains(s, q) })
}

// act is an entry with the words a person reads; the chain keeps the codes.
type act struct {
	audit.Entry
	Who   string `json:"who" doc:"操作人的称呼"`
	About string `json:"about" doc:"对象：考生（姓名打码）、座位、场次等"`
	Words string `json:"words" doc:"说明，去掉只有机器用的编号"`
}

func (a *API) auditList(_ context.Context, in *auditIn) (*listOf[act], error) {
	return list(read(a, func(r store.Reader) ([]act, error) {
		n, err := a.namesIn(r)
		if err != nil {
			return nil, err
		}
		entries, err := audit.Older(r, in.Before, in.Limit, func(e audit.Entry) bool { return in.wants(e, n) })
		if err != nil {
			return nil, err
		}
		out := make([]act, len(entries))
		for i, e := range entries {
			out[i] = act{Entry: e, Who: n.who(e.Actor), About: n.about(e), Words: n.words(e.Detail)}
		}
		return out, nil
	}))
}

type verifyOut struct {
	Body struct {
		Entries int `json:"entries" doc:"已校验的条数"`
	}
}

func (a *API) auditVerify(context.Context, *struct{}) (*verifyOut, error) {
	n, err := read(a, a.Audit.Verify)
	if err != nil {
		return nil, err
	}
	out := &verifyOut{}
	out.Body.Entries = n
	return out, nil
}

// names are what the ids of the audit are called.
type names struct {
	people map[string]string // account
	things map[string]string // id of a sitting, candidate, attempt, alarm, message
}

// nobody are those who are no account of ours.
var nobody = map[string]string{"unknown": "未登录", "candidate": "考生", "system": "系统", "centre": "考试中心", "machine": "系统"}

func (a *API) namesIn(r store.Reader) (n names, err error) {
	if n.people, err = staff.Names(r); err != nil {
		return n, err
	}
	n.things = map[string]string{"server": "考场服务器", "engine": "人脸核验引擎", "pictures": "现场照片", a.Node: "本考场"}
	sittings, err := exam.All(r)
	if err != nil {
		return n, err
	}
	for _, st := range sittings {
		n.things[st.Sitting] = st.Title
		if err := a.nameAttempts(r, st.Sitting, n.things); err != nil {
			return n, err
		}
	}
	alarms, err := alarm.List(r, "")
	for _, al := range alarms {
		n.things[al.ID] = "告警：" + al.Text
	}
	if err != nil {
		return n, err
	}
	messages, err := supervise.Messages(r)
	for _, m := range messages {
		n.things[m.ID] = "消息：" + m.Text
	}
	return n, err
}

// nameAttempts adds the candidates of a sitting and their attempts: a masked
// name, the admission number, the seat. Without a roster the seat is what there is.
func (a *API) nameAttempts(r store.Reader, sitting string, things map[string]string) error {
	roll, err := a.Exam.CandidatesIn(r, sitting)
	if err != nil {
		roll = nil // the package is not here, or not any more
	}
	for _, c := range roll {
		things[c.ID] = person.MaskName(c.Name) + " " + c.Admission
	}
	attempts, err := attempt.InSitting(r, sitting)
	for _, at := range attempts {
		who := cmp.Or(things[at.Candidate], "考生") + "（现座位 " + at.Seat + "）"
		things[at.Candidate], things[at.ID] = who, who
	}
	return err
}

func (n names) who(account string) string {
	return cmp.Or(n.people[account], nobody[account], account)
}

func (n names) about(e audit.Entry) string {
	switch {
	case e.Object == "unknown":
		return "没有这个账号"
	case strings.HasPrefix(e.Action, "staff."):
		return n.who(e.Object)
	case e.Action == "seating.terminal.pair" || e.Action == "seating.terminal.unpair":
		return "座位 " + e.Object
	}
	return cmp.Or(n.things[e.Object], e.Object)
}

// ids are the numbers and digests that say nothing to people.
var ids = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f-]{27}$|^t?[0-9a-f]{16,64}$`)

func (n names) words(detail string) string {
	if known := n.things[detail]; known != "" {
		return known
	}
	if ids.MatchString(detail) {
		return ""
	}
	return detail
}
