// Package licensing is the vocabulary that the packages of the licensing domain
// share: what a case can be (State), what can happen to it (Event), what is
// asked for (Material), looked at (Check) and issued (Letter). It is used by
// calendar, matter, check, application and letter (M11–M19, M39–M44), and
// follows chapters 2 and 3 of the domain reference, which follow the
// Administrative Licensing Law (行政许可法).
//
// It holds no state, no SQL and no rule.
package licensing

// Entry is a line of a dictionary: the code that is stored and the Chinese name
// that is shown and printed.
type Entry struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// State of a case: chapter 3.1.
type State string

// States of a case.
const (
	Draft       State = "DRAFT"
	Submitted   State = "SUBMITTED"
	Returned    State = "RETURNED"
	Received    State = "RECEIVED"
	Correcting  State = "CORRECTING"
	NotAccepted State = "NOT_ACCEPTED"
	Accepted    State = "ACCEPTED"
	Reviewing   State = "REVIEWING"
	Approving   State = "APPROVING"
	Suspended   State = "SUSPENDED"
	Granted     State = "GRANTED"
	Denied      State = "DENIED"
	Certifying  State = "CERTIFYING"
	Delivering  State = "DELIVERING"
	Completed   State = "COMPLETED"
	Withdrawn   State = "WITHDRAWN"
	Terminated  State = "TERMINATED"
)

// States are all of them with their names, in the order in which a case meets them.
func States() []Entry {
	return []Entry{
		{string(Draft), "暂存"},
		{string(Submitted), "待收件"},
		{string(Returned), "退回修改"},
		{string(Received), "收件审核"},
		{string(Correcting), "补正中"},
		{string(NotAccepted), "不予受理"},
		{string(Accepted), "已受理"},
		{string(Reviewing), "审查"},
		{string(Approving), "审批"},
		{string(Suspended), "挂起"},
		{string(Granted), "准予许可"},
		{string(Denied), "不予许可"},
		{string(Certifying), "制证"},
		{string(Delivering), "送达"},
		{string(Completed), "办结"},
		{string(Withdrawn), "撤回"},
		{string(Terminated), "终止"},
	}
}

// Final says that nothing happens to a case any more.
func (s State) Final() bool {
	switch s {
	case NotAccepted, Completed, Withdrawn, Terminated:
		return true
	}
	return false
}

// Decided says that the decision has been made: after it nothing can be
// withdrawn, and the case no longer bars another one.
func (s State) Decided() bool {
	switch s {
	case Granted, Denied, Certifying, Delivering:
		return true
	}
	return s.Final()
}

// Event is what happens to a case: chapter 3.2.
type Event string

// Events of a case.
const (
	Save              Event = "save"
	Submit            Event = "submit"
	Receive           Event = "receive"
	Return            Event = "return"
	RequireCorrection Event = "require_correction"
	Supplement        Event = "supplement"
	CorrectionTimeout Event = "correction_timeout"
	Accept            Event = "accept"
	Refuse            Event = "refuse"
	DeemAccepted      Event = "deem_accepted" // nobody answered in five days: §32
	Assign            Event = "assign"
	PassReview        Event = "pass_review"
	ProposeRefusal    Event = "propose_refusal" // a reviewer's: the conditions are not met
	Suspend           Event = "suspend"
	Resume            Event = "resume"
	Extend            Event = "extend"
	Grant             Event = "grant"
	Deny              Event = "deny"
	BackToReview      Event = "back_to_review"
	MakeCertificate   Event = "make_certificate"
	CertificateDone   Event = "certificate_done"
	Deliver           Event = "deliver"
	Withdraw          Event = "withdraw"
	RevocationHit     Event = "revocation_hit"
	RevocationLifted  Event = "revocation_lifted"
	RemoteCancel      Event = "remote_cancel"
	Terminate         Event = "terminate" // granted, and then the certificate was lost
	Tighten           Event = "tighten"   // a list wants a stricter review: chapter 13.3
	Relax             Event = "relax"
	KeepPeriod        Event = "keep_period" // the proposed extension is not needed
	AskHearing        Event = "ask_hearing"
	DropHearing       Event = "drop_hearing" // given up in writing, or asked for and taken back
	FixHearing        Event = "fix_hearing"  // day, time and place, told in writing
)

// Events are all of them with what is said of them on a case's timeline.
func Events() []Entry {
	return []Entry{
		{string(Save), "暂存"},
		{string(Submit), "提交申请"},
		{string(Receive), "收件"},
		{string(Return), "退回修改"},
		{string(RequireCorrection), "一次性告知补正"},
		{string(Supplement), "提交补正材料"},
		{string(CorrectionTimeout), "逾期未补正"},
		{string(Accept), "受理"},
		{string(Refuse), "不予受理"},
		{string(DeemAccepted), "逾期未告知，视为受理"},
		{string(Assign), "分派审查"},
		{string(PassReview), "审查通过"},
		{string(ProposeRefusal), "拟不予许可"},
		{string(Suspend), "挂起（特别程序）"},
		{string(Resume), "恢复办理"},
		{string(Extend), "延长期限"},
		{string(Grant), "准予许可"},
		{string(Deny), "不予许可"},
		{string(BackToReview), "退回审查"},
		{string(MakeCertificate), "开始制证"},
		{string(CertificateDone), "制证完成"},
		{string(Deliver), "送达"},
		{string(Withdraw), "申请人撤回"},
		{string(RevocationHit), "收到吊销决定"},
		{string(RevocationLifted), "吊销解除"},
		{string(RemoteCancel), "外部系统撤销"},
		{string(Terminate), "终止办理"},
		{string(Tighten), "加强审核"},
		{string(Relax), "不再加强审核"},
		{string(KeepPeriod), "不延长期限"},
		{string(AskHearing), "要求听证"},
		{string(DropHearing), "放弃听证"},
		{string(FixHearing), "通知听证时间"},
	}
}

// Action is what a situation does to a licence: chapter 2.5.
type Action string

// Actions.
const (
	Apply          Action = "APPLY"
	AddCategory    Action = "ADD_CATEGORY"
	Renew          Action = "RENEW"
	Reissue        Action = "REISSUE"
	Change         Action = "CHANGE"
	Cancel         Action = "CANCEL"
	TransferIn     Action = "TRANSFER_IN"
	TransferOut    Action = "TRANSFER_OUT"
	TransferRevoke Action = "TRANSFER_REVOKE"
	TrainCert      Action = "TRAIN_CERT"
	Rehire         Action = "REHIRE"
	Dismiss        Action = "DISMISS"
	Appoint        Action = "APPOINT"
	CardNew        Action = "CARD_NEW"
	CardRenew      Action = "CARD_RENEW"
	CardReissue    Action = "CARD_REISSUE"
	Register       Action = "REGISTER"
	RegisterRenew  Action = "REG_RENEW"
	RegisterCancel Action = "REG_CANCEL"
	ExamEnrol      Action = "EXAM_ENROLL"
	ExamRetake     Action = "EXAM_RETAKE"
)

// Channel is how an application comes in.
type Channel string

// Channels.
const (
	Window   Channel = "W"
	Online   Channel = "O" // 一网通办
	Province Channel = "X" // 跨省通办
	Kiosk    Channel = "K"
	Booked   Channel = "R" // may be booked before coming
	Company  Channel = "E"
)

// Channels are all of them with their names.
func Channels() []Entry {
	return []Entry{
		{string(Window), "窗口"},
		{string(Online), "网上申请"},
		{string(Province), "跨省通办"},
		{string(Kiosk), "自助终端"},
		{string(Booked), "可预约"},
		{string(Company), "企业端"},
	}
}
