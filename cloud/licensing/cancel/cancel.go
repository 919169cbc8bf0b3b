// Package cancel keeps the list of certificates that ought to be cancelled though
// nobody asked for it (job:auto_cancel): not renewed within 180 days, holders over
// the age limit, driving licences that are gone, revocations whose formalities
// remain. It follows chapters 1.5, 13.4 and 16.2 of the domain reference and
// 行政许可法 §70. The night fills the list and takes off what has no cause any more;
// nothing is cancelled by itself: one officer proposes, another decides, and the
// decision (D10) is issued with it. Used by reviewers and approvers.
//
// It reads no file itself: practitioner says what is wrong with a certificate, and
// cancels it.
package cancel

import (
	"strconv"
	"strings"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList    = "licensing.cancellation.list"
	PermPropose = "licensing.cancellation.propose"
	PermApprove = "licensing.cancellation.approve" // a second person's
)

// State of a row of the list.
type State string

// States. Gone: its cause has gone, or the certificate ended otherwise.
const (
	Listed    State = "LISTED"
	Proposed  State = "PROPOSED"
	Kept      State = "KEPT" // an officer said why it is not cancelled
	Cancelled State = "CANCELLED"
	Gone      State = "GONE"
)

// Item is a certificate on the list. ID numbers are masked.
type Item struct {
	ID          string                  `json:"id" db:"id"`
	Number      string                  `json:"number" db:"number" doc:"清单编号"`
	Licence     string                  `json:"licence" db:"licence"`
	Causes      []practitioner.EndCause `json:"causes" db:"causes" enum:"LAPSED,AGE,DRIVING,REVOKED"`
	State       State                   `json:"state" db:"state" enum:"LISTED,PROPOSED,KEPT,CANCELLED,GONE"`
	ListedOn    clock.Date              `json:"listed_on" db:"listed_on"`
	Why         string                  `json:"why" db:"why" doc:"建议注销的说明，或暂不注销的理由"`
	Proposer    string                  `json:"-" db:"proposer"`
	ProposerBy  string                  `json:"proposer" db:"proposer_by"`
	ProposedAt  *time.Time              `json:"proposed_at,omitempty" db:"proposed_at"`
	Note        string                  `json:"note" db:"note" doc:"退回的理由"`
	Decider     string                  `json:"-" db:"decider"`
	DeciderBy   string                  `json:"decider" db:"decider_by"`
	DecidedAt   *time.Time              `json:"decided_at,omitempty" db:"decided_at"`
	Letter      string                  `json:"letter" db:"letter" doc:"注销决定书"`
	LetterNo    string                  `json:"letter_no" db:"letter_no"`
	DeliveredAt *time.Time              `json:"delivered_at,omitempty" db:"delivered_at"`
	Version     int                     `json:"version" db:"version"`
	MAC         []byte                  `json:"-" db:"mac"`

	// of the certificate and its holder, as they are now
	Person      string                    `json:"person" db:"person"`
	Name        string                    `json:"name" db:"name"`
	IDNo        string                    `json:"id_no" db:"idno_mask"`
	Type        string                    `json:"type" db:"type" enum:"RE-071,RE-075,RE-072,BUS"`
	Certificate string                    `json:"certificate" db:"number_mask" doc:"证号"`
	Categories  []string                  `json:"categories" db:"categories"`
	ValidTo     clock.Date                `json:"valid_to" db:"valid_to" doc:"空为长期"`
	Holds       practitioner.LicenceState `json:"holds" db:"holds" enum:"10,01,02,03,04,05,09" doc:"证件状态"`

	Can []string `json:"can" db:"-" enum:"propose,keep,approve,return,deliver" doc:"查看者现在可以做的事"`
}

func (i *Item) parts() [][]byte {
	causes := make([]string, len(i.Causes))
	for n, c := range i.Causes {
		causes[n] = string(c)
	}
	out := [][]byte{[]byte("licensing_cancellation")}
	for _, t := range []string{
		i.ID, i.Number, i.Licence, strings.Join(causes, ","), string(i.State), i.ListedOn.String(), i.Why, i.Proposer, i.ProposerBy, moment(i.ProposedAt),
		i.Note, i.Decider, i.DeciderBy, moment(i.DecidedAt), i.Letter, i.LetterNo, moment(i.DeliveredAt), strconv.Itoa(i.Version),
	} {
		out = append(out, []byte(t))
	}
	return out
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return keys.Stamp(*t)
}

// can is what somebody with these rights may do to a row; the proposer decides
// nothing of their own.
func (i *Item) can(actor string, propose, approve bool) []string {
	out := []string{}
	switch {
	case propose && i.State == Listed:
		out = append(out, "propose", "keep")
	case propose && i.State == Kept:
		out = append(out, "propose")
	case propose && i.State == Cancelled && i.DeliveredAt == nil:
		out = append(out, "deliver")
	}
	if approve && i.State == Proposed && i.Proposer != actor {
		out = append(out, "approve", "return")
	}
	return out
}

// causeNames are the causes on screens, reasons those in letters.
var (
	causeNames = map[practitioner.EndCause]string{
		practitioner.EndLapsed: "超期 180 日未换证", practitioner.EndAge: "年龄超限", practitioner.EndDriving: "驾驶证注销、吊销", practitioner.EndRevoked: "已吊销",
	}
	reasons = map[practitioner.EndCause]string{
		practitioner.EndLapsed: "你的从业资格证件有效期届满超过一百八十日未申请换证", practitioner.EndAge: "你已超过该类从业资格的年龄上限",
		practitioner.EndDriving: "你的机动车驾驶证已被注销或者吊销", practitioner.EndRevoked: "你的从业资格证件已被依法吊销",
	}
	stateNames = map[State]string{Listed: "待处理", Proposed: "待审批", Kept: "暂不注销", Cancelled: "已注销", Gone: "原因已消失"}
)

func words(causes []practitioner.EndCause, names map[practitioner.EndCause]string, between string) string {
	out := make([]string, len(causes))
	for i, c := range causes {
		out[i] = names[c]
	}
	return strings.Join(out, between)
}

var (
	errState      = fault.New(fault.Precondition, "licensing.cancellation.state", "这一条现在不能这样办理，请刷新后查看它的状态")
	errStale      = fault.New(fault.Conflict, "licensing.cancellation.stale", "其他人刚办理过这一条，请刷新后再试")
	errSelf       = fault.New(fault.Forbidden, "licensing.cancellation.self", "建议注销的人不能自己审批，请由另一人审批")
	errGone       = fault.New(fault.Precondition, "licensing.cancellation.gone", "列入清单的原因已经消失，不能注销；该条会在夜间核对时移出清单")
	errElectronic = fault.New(fault.Precondition, "licensing.cancellation.electronic", "依职权注销的决定书没有经一网通办送达，请选择其他送达方式")
	errRestored   = fault.New(fault.Precondition, "licensing.cancellation.restored", "据以注销的吊销决定已解除或停止执行，证件恢复有效，注销决定书不能再送达；请核对清单，该条会移出")
	errWhy        = fault.New(fault.Invalid, "licensing.cancellation.why", "请用 2 至 300 个字写明理由")
	errBroken     = fault.New(fault.Internal, "licensing.cancellation.tampered", "待注销清单的数据被改动过，已停止办理，请立即联系安全管理员核查")
)
