package sanction

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Status of a revocation.
const (
	Waiting   = "WAITING"   // decided, takes effect on a later day
	Unclaimed = "UNCLAIMED" // no licence of this type and number is known yet
	Ambiguous = "AMBIGUOUS" // several are: a person says which
	Locked    = "ACTIVE"
	Suspended = "SUSPENDED" // a court or authority stopped its execution
	Lifted    = "LIFTED"
)

// Scopes of a lock.
const (
	ScopeCert     = "CERT"
	ScopeCategory = "CATEGORY"
	ScopeFamily   = "PERSON_FAMILY"
)

// Lock is a revocation: the decision, whose licence it took, and what it bars.
type Lock struct {
	ID            string     `json:"id" db:"id"`
	CertType      string     `json:"cert_type" db:"cert_type"`
	CertNo        string     `json:"cert_no" db:"cert_mask"`
	CertBlind     []byte     `json:"-" db:"cert_blind"`
	Sealed        []byte     `json:"-" db:"cert_no"`
	Categories    []string   `json:"categories" db:"categories"`
	DecisionNo    string     `json:"decision_no" db:"decision_no"`
	DecisionDate  string     `json:"decision_date" db:"decision_date"`
	EffectiveDate string     `json:"effective_date" db:"effective_date"`
	Org           string     `json:"org" db:"org"`
	Reason        string     `json:"reason" db:"reason"`
	Cause         string     `json:"cause" db:"cause" enum:"REVOKED,FRAUD,FALSE_APPLICATION"`
	Scope         string     `json:"scope" db:"scope" enum:"CERT,CATEGORY,PERSON_FAMILY"`
	BanUntil      string     `json:"ban_until" db:"ban_until" doc:"这一天起可以重新申请，空为没有禁入期规定"`
	BanBasis      string     `json:"ban_basis" db:"ban_basis"`
	Status        string     `json:"status" db:"status" enum:"WAITING,UNCLAIMED,AMBIGUOUS,ACTIVE,SUSPENDED,LIFTED"`
	Licence       string     `json:"licence" db:"licence"`
	Person        string     `json:"person" db:"person"`
	Name          string     `json:"name" db:"name"`
	Blind         []byte     `json:"-" db:"idno_blind"`
	LiftReason    string     `json:"lift_reason" db:"lift_reason"`
	LiftDocNo     string     `json:"lift_doc_no" db:"lift_doc_no"`
	LiftAt        *time.Time `json:"lift_at,omitempty" db:"lift_at"`
	LiftBy        string     `json:"lift_by" db:"lift_by" doc:"经办"`
	ReviewBy      string     `json:"review_by" db:"review_by" doc:"复核"`
	Aftermath     string     `json:"aftermath" db:"aftermath" doc:"解除后证照怎样恢复"`
	Pending       bool       `json:"pending" db:"pending" doc:"有解除或停止执行待复核，或执法系统已通知解除"`
	ReceivedAt    time.Time  `json:"received_at" db:"received_at"`
	Revision      int        `json:"revision" db:"revision"`
	MAC           []byte     `json:"-" db:"mac"`
}

func (l *Lock) parts() [][]byte {
	return [][]byte{
		[]byte("sanction_lock"), []byte(l.ID), []byte(l.CertType), l.CertBlind, []byte(strings.Join(l.Categories, ",")), []byte(l.DecisionNo),
		[]byte(l.DecisionDate), []byte(l.EffectiveDate), []byte(l.Cause), []byte(l.Scope), []byte(l.BanUntil), []byte(l.Status),
		[]byte(l.Licence), []byte(l.Person), l.Blind, []byte(l.LiftReason), []byte(l.LiftDocNo), []byte(l.LiftBy), []byte(l.ReviewBy), []byte(strconv.Itoa(l.Revision)),
	}
}

// took tells whether the licence has been taken: the lock has its person.
func (l *Lock) took() bool { return l.Status == Locked || l.Status == Suspended }

// touches tells whether what an application is about is within the lock's scope.
func (l *Lock) touches(r reach) bool {
	if len(r.certs) == 0 {
		return true
	}
	switch l.Scope {
	case ScopeCategory:
		return slices.ContainsFunc(l.Categories, func(c string) bool {
			return slices.ContainsFunc(r.categories, func(p string) bool { return strings.HasPrefix(c, p) })
		})
	case ScopeCert:
		return slices.Contains(r.certs, l.CertType)
	}
	return l.sameTrade(r)
}

// bansFrom tells whether the ban covers an application: the whole trade, or only the
// categories that were taken.
func (l *Lock) bansFrom(r reach) bool {
	if l.Scope == ScopeCategory {
		return l.touches(r)
	}
	return len(r.certs) == 0 || l.sameTrade(r)
}

func (l *Lock) sameTrade(r reach) bool {
	return slices.ContainsFunc(r.certs, func(c string) bool { return familyOf(c) == familyOf(l.CertType) })
}

// entering tells whether an action begins a qualification, which a ban bars.
func entering(action string) bool {
	switch action {
	case "APPLY", "ADD_CATEGORY", "TRANSFER_IN", "EXAM_ENROLL", "EXAM_RETAKE", "REHIRE", "REGISTER":
		return true
	}
	return false
}

// banned tells whether the ban is running on a day.
func (l *Lock) banned(today string) bool { return l.BanUntil != "" && today < l.BanUntil }

// bars tells whether the lock stops an application, and whether it is its ban
// alone that does: after the ban the revoked certificate stays revoked, but its
// former holder may begin anew.
func (l *Lock) bars(r reach, action, today string) (lock, ban bool) {
	if l.Status != Locked || l.EffectiveDate > today {
		return false, false
	}
	ban = l.banned(today) && entering(action) && l.bansFrom(r)
	lock = l.touches(r) && (!entering(action) || l.BanUntil == "" || ban)
	return lock, ban
}

// Kinds of what the enforcement system says of a decision.
const (
	SaysRevoke  = "REVOKE"
	SaysSuspend = "SUSPEND"
	SaysResume  = "RESUME"
	SaysLift    = "LIFT"
)

// Notice is one message about a decision. Step orders the messages of a
// decision, whichever arrives first.
type Notice struct {
	Message string // the sender's number of it
	Kind    string
	Step    int

	DecisionNo, CertType, CertNo, DecisionDate, EffectiveDate, Org, Reason, Cause, Scope string
	Categories                                                                           []string
	LiftReason, LiftDocNo                                                                string
}

// Said is a stored notice.
type Said struct {
	Kind       string    `json:"kind" db:"kind"`
	Step       int       `json:"step" db:"step"`
	LiftReason string    `json:"lift_reason" db:"lift_reason"`
	LiftDocNo  string    `json:"lift_doc_no" db:"lift_doc_no"`
	At         time.Time `json:"at" db:"at"`
	Message    string    `json:"message" db:"message"`
}

// standing is what all notices of a decision say together: the one with the
// greatest step counts. Lifting ends it.
func standing(all []Said) (suspended bool, lift *Said) {
	last := -1
	for i := range all {
		n := &all[i]
		switch n.Kind {
		case SaysLift:
			lift = n
		case SaysSuspend, SaysResume:
			if n.Step > last {
				suspended, last = n.Kind == SaysSuspend, n.Step
			}
		}
	}
	return suspended, lift
}

// Found is a licence that a revocation may be about.
type Found struct {
	Licence  string `json:"licence"`
	Person   string `json:"person"`
	Blind    []byte `json:"-"`
	Name     string `json:"name"`
	IDNo     string `json:"id_no"`
	State    string `json:"state"`
	ValidTo  string `json:"valid_to"`
	IssuedAt string `json:"issued_at"`

	Type       string   `json:"-"`
	InForce    bool     `json:"-"`
	Categories []string `json:"-"`
}

// Licences is what this package asks of the practitioners' files.
type Licences interface {
	// ByNumber finds the licences of a type and number, whatever their state.
	ByNumber(ctx context.Context, q db.Q, certType, number string) ([]Found, error)
	// Sought finds the licences of a type by their whole number or their holder's.
	Sought(ctx context.Context, q db.Q, certType, number string) ([]Found, error)
	// One is a licence by its id.
	One(ctx context.Context, q db.Q, licence string) (Found, error)
	// Revoke takes a licence, or only some of its categories.
	Revoke(ctx context.Context, tx pgx.Tx, licence string, categories []string, why, ref string) error
	// Restore gives it back as it was, unless the categories that other decisions
	// still take are all that it has. after says what else came back with it and
	// what did not.
	Restore(ctx context.Context, tx pgx.Tx, licence string, still []string, why, ref string) (after string, err error)
}

// Lift is a request to end or stop a lock, which a second person checks.
type Lift struct {
	ID        string     `json:"id" db:"id"`
	Lock      string     `json:"lock" db:"lock"`
	Kind      string     `json:"kind" db:"kind" enum:"LIFT,SUSPEND,RESUME,CLAIM"`
	Reason    string     `json:"reason" db:"reason" enum:",HEARING,RECONSIDERATION,LITIGATION,WITHDRAWN,CORRECTION,DATA_ERROR" doc:"认领没有"`
	DocNo     string     `json:"doc_no" db:"doc_no"`
	Note      string     `json:"note" db:"note"`
	State     string     `json:"state" db:"state" enum:"OPEN,APPROVED,REFUSED"`
	Handler   string     `json:"handler" db:"handler"`
	HandledAt time.Time  `json:"handled_at" db:"handled_at"`
	Checker   string     `json:"checker" db:"checker"`
	CheckedAt *time.Time `json:"checked_at,omitempty" db:"checked_at"`
	CheckNote string     `json:"check_note" db:"check_note"`
	Licence   string     `json:"licence" db:"licence" doc:"认领的证件"`
	Subject   string     `json:"subject" db:"-" doc:"认领的证件是谁的"`
	MAC       []byte     `json:"-" db:"mac"`
}

func (l *Lift) parts() [][]byte {
	out := [][]byte{
		[]byte("sanction_lift"), []byte(l.ID), []byte(l.Lock), []byte(l.Kind), []byte(l.Reason), []byte(l.DocNo), []byte(l.State),
		[]byte(l.Handler), []byte(l.Checker),
	}
	if l.Kind == saysClaim { // those of before it have no such part
		out = append(out, []byte(l.Licence), []byte(l.Note))
	}
	return out
}

// LiftReasons are the only grounds for lifting.
func LiftReasons() []Word {
	return []Word{
		{"HEARING", "行政听证"}, {"RECONSIDERATION", "行政复议"}, {"LITIGATION", "行政诉讼"}, {"WITHDRAWN", "撤案"}, {"CORRECTION", "更正决定"}, {"DATA_ERROR", "数据差错"},
	}
}

// LockFilter narrows the locks; empty fields do not.
type LockFilter struct {
	Status, CertType, Cause, Pending string
}

var (
	errNoticeReused = fault.New(fault.Conflict, "sanction.notice.reused", "这个报文号已经用于另一份内容，请换新的报文号重新推送")
	errLockState    = fault.New(fault.Precondition, "sanction.lock.state", "这条吊销现在不能这样办理，请刷新后查看它的状态")
	errLockOther    = fault.New(fault.Invalid, "sanction.lock.licence", "所选证件不是这条吊销的证件类别和证件号，请重新选择")
	errNoLicences   = fault.New(fault.Unavailable, "sanction.licences", "从业人员证照库还没有接入，不能认领；已收到的吊销会保留，接入后自动匹配")
	errLiftSelf     = fault.New(fault.Forbidden, "sanction.lift.self", "经办人不能复核自己的申请，请由另一人复核")
	errLiftOpen     = fault.New(fault.Conflict, "sanction.lift.open", "已有一份申请待复核，请先复核")
	errLiftDone     = fault.New(fault.Precondition, "sanction.lift.done", "这份申请已经复核过")
	errLockStale    = fault.New(fault.Conflict, "sanction.lock.stale", "其他人刚改动过这条吊销，请刷新后再试")
)

var lockNames = map[string]string{
	Waiting: "未到生效日", Unclaimed: "待认领", Ambiguous: "待人工匹配", Locked: "锁定中", Suspended: "停止执行", Lifted: "已解除",
}

var scopeNames = map[string]string{ScopeCert: "本证", ScopeCategory: "部分类别", ScopeFamily: "本人同行业"}
