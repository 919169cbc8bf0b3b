package sanction

import (
	"strconv"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Status of an entry of a list.
const (
	On      = "ON"
	Off     = "OFF"
	Deleted = "DELETED" // removed within three working days after repair or annulment: only that there was one is left
)

// States of the repair of somebody's credit.
const (
	RepairNone     = "NONE"
	RepairApplied  = "APPLIED"
	RepairDone     = "REPAIRED"
	RepairRefused  = "REFUSED"
	RepairAnnulled = "ANNULLED" // the act behind the entry was annulled
)

// Entry is a person's line on a list. The number is never kept, only its index
// and its mask.
type Entry struct {
	ID         string    `json:"id" db:"id"`
	Blind      []byte    `json:"-" db:"idno_blind"`
	IDNo       string    `json:"id_no" db:"idno_mask"`
	Name       string    `json:"name" db:"-" doc:"从业人员库中有此人时"`
	Person     string    `json:"person" db:"-"`
	List       string    `json:"list" db:"list"`
	ListName   string    `json:"list_name" db:"-"`
	Reason     string    `json:"reason" db:"reason"`
	DecisionNo string    `json:"decision_no" db:"decision_no"`
	Org        string    `json:"org" db:"org"`
	ListedAt   string    `json:"listed_at" db:"listed_at"`
	ExpireAt   string    `json:"expire_at" db:"expire_at" doc:"到期日（含），空为长期"`
	Status     string    `json:"status" db:"status" enum:"ON,OFF,DELETED"`
	Repair     string    `json:"repair" db:"repair" enum:"NONE,APPLIED,REPAIRED,REFUSED,ANNULLED"`
	Objected   bool      `json:"objected" db:"objected" doc:"已标注异议"`
	Batch      int64     `json:"batch" db:"batch" doc:"最近一次更新它的批次"`
	Sender     string    `json:"-" db:"sender"`
	ChangedAt  time.Time `json:"changed_at" db:"changed_at"`
	MAC        []byte    `json:"-" db:"mac"`
}

func (e *Entry) parts() [][]byte {
	return [][]byte{
		[]byte("sanction_entry"), []byte(e.ID), e.Blind, []byte(e.List), []byte(e.DecisionNo), []byte(e.ListedAt), []byte(e.ExpireAt),
		[]byte(e.Status), []byte(e.Repair), []byte(strconv.FormatBool(e.Objected)), []byte(strconv.FormatInt(e.Batch, 10)),
	}
}

// counts tells whether the entry holds against the person on a day.
func (e *Entry) counts(today string) bool {
	return e.Status == On && e.Repair != RepairDone && e.Repair != RepairAnnulled && e.ListedAt <= today && (e.ExpireAt == "" || today <= e.ExpireAt)
}

// gone tells whether the entry has to be deleted soon.
func (e *Entry) gone() bool {
	return e.Status == Off || e.Status == On && (e.Repair == RepairDone || e.Repair == RepairAnnulled)
}

// Item is one line of a batch, checked by whoever received it.
type Item struct {
	ID                                     person.ID
	List, Reason, DecisionNo, Org          string
	ListedAt, ExpireAt, Status, RepairStat string
}

// Batch is what the credit system sends at once. Its number grows; what a later
// batch says of an entry stands, whichever arrives first.
type Batch struct {
	Number int64
	MadeAt time.Time
	Items  []Item
}

// Answer is what the credit system is told of a batch, the same each time.
type Answer struct {
	Batch    int64   `json:"batchNo"`
	Received int     `json:"received"`
	Applied  int     `json:"applied"`
	Stale    int     `json:"stale"`
	Missing  []int64 `json:"missing"`
}

// Past is what happened to an entry.
type Past struct {
	At    time.Time `json:"at" db:"at"`
	Kind  string    `json:"kind" db:"kind"`
	Text  string    `json:"text" db:"text"`
	Batch int64     `json:"batch" db:"batch"`
	By    string    `json:"by" db:"by"`
}

// EntryFilter narrows the list; empty fields do not.
type EntryFilter struct {
	List, Status, Repair, Objected string
}

// oldest is how far behind the newest number a batch may come in that was never
// seen: what is older than that is a mistake at the other end.
const oldest = 1000

var (
	errBatchReused = fault.New(fault.Conflict, "sanction.batch.reused", "这个批次号已经用于另一批内容，请换新的批次号重新报送")
	errBatchOld    = fault.Newf(fault.Precondition, "sanction.batch.old", "批次号过旧：比最新批次早 %d 号以上且从未收到，请核对后用新的批次号报送", oldest)
)

var (
	statusNames = map[string]string{On: "在列", Off: "已移出", Deleted: "已删除"}
	repairNames = map[string]string{
		RepairNone: "未申请修复", RepairApplied: "修复处理中", RepairDone: "已修复", RepairRefused: "修复未通过", RepairAnnulled: "原决定已撤销",
	}
)
