// Package practical scores the practical exam (应会考试, M64; domain reference
// 9.4) at the venue, with no network: the scheme that the centre sent for a
// sitting, one sheet a candidate, item by item, signed by two examiners, and the
// centre's word on it. A sheet that the centre rejected stays, and the candidate
// can be scored again as the next revision.
//
// It is used by the proctor's HTTP API and by app, which hands it the link's
// orders. What marks come to is protocol/exam/practical, the same code as at the
// centre. It admits nobody and checks no face.
package practical

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// State is where a sheet stands.
type State string

// The states.
const (
	Submitted State = "submitted" // signed here; the centre has not decided yet
	Confirmed State = "confirmed"
	Rejected  State = "rejected" // score again
)

// Name is the state as the proctor reads it.
func (s State) Name() string {
	return map[State]string{Submitted: "待中心确认", Confirmed: "中心已确认", Rejected: "中心已退回"}[s]
}

// Sheet is a signed sheet and the centre's word on it.
type Sheet struct {
	wire.PracticalSheet
	Outcome scoring.Outcome `json:"outcome"`
	At      time.Time       `json:"at"`
	State   State           `json:"state"`
	Reason  string          `json:"reason,omitempty"`
	By      string          `json:"by,omitempty"` // who decided at the centre
}

// Marks are what two examiners hand in.
type Marks struct {
	ID     string // made by the console; a repeat is the same sheet
	Items  []scoring.Scored
	Remark string
	// Second is the other examiner, who signs with their own password.
	SecondUser, SecondPassword string
}

// same reports whether marks are those of a sheet that is here already.
func (m *Marks) same(s Sheet) bool {
	return m.Remark == s.Remark && reflect.DeepEqual(m.Items, s.Items)
}

// tidy makes equal marks look alike.
func (m *Marks) tidy() {
	m.Remark = strings.TrimSpace(m.Remark)
	for i := range m.Items {
		if len(m.Items[i].Marks) == 0 {
			m.Items[i].Marks = []scoring.Mark{}
		}
	}
}

// Buckets of this package.
const (
	schemeBucket = "practical_scheme" // sitting → wire.PracticalArranged
	sheetBucket  = "practical_sheet"  // sitting/candidate/revision → Sheet
	idBucket     = "practical_id"     // sheet's id → its key in sheetBucket
)

func key(sitting, candidate string, revision int) string {
	return fmt.Sprintf("%s/%s/%06d", sitting, candidate, revision)
}

// Arranged is what the centre sent for a sitting. Fault: exam.practical.none.
func Arranged(r store.Reader, sitting string) (wire.PracticalArranged, error) {
	a, ok, err := store.Load[wire.PracticalArranged](r, schemeBucket, sitting)
	if err == nil && !ok {
		err = fault.NotFoundf("exam.practical.none", "本场次没有安排应会考试")
	}
	return a, err
}

// Has reports whether a sitting holds a practical exam.
func Has(r store.Reader, sitting string) bool { return r.Get(schemeBucket, sitting) != nil }

// Sheets are a candidate's, by revision.
func Sheets(r store.Reader, sitting, candidate string) ([]Sheet, error) {
	return store.All[Sheet](r, sheetBucket, sitting+"/"+candidate+"/")
}

// Latest is the newest sheet of everybody who was scored, by candidate.
func Latest(r store.Reader, sitting string) (map[string]Sheet, error) {
	list, err := store.All[Sheet](r, sheetBucket, sitting+"/")
	out := make(map[string]Sheet, len(list))
	for _, s := range list {
		out[s.Candidate] = s
	}
	return out, err
}

func put(tx *store.Tx, s Sheet) error {
	at := key(s.Sitting, s.Candidate, s.Revision)
	tx.Put(idBucket, s.ID, []byte(at))
	return store.Save(tx, sheetBucket, at, s)
}

func byID(r store.Reader, id string) (Sheet, bool, error) {
	at := r.Get(idBucket, id)
	if at == nil {
		return Sheet{}, false, nil
	}
	return store.Load[Sheet](r, sheetBucket, string(at))
}

// open says whether a candidate may be scored as a sitting stands: from its
// approval until it closes; what the centre rejected also afterwards.
func open(st exam.Sitting, again bool) error {
	switch {
	case st.Suspended:
		return fault.Preconditionf("exam.practical.suspended", "中心已暂停本场次：%s。恢复后才能评分", cmp.Or(st.Reason, "未写明原因"))
	case st.State == exam.Approved, st.Readable(), st.State == exam.Closed && again:
		return nil
	}
	return fault.Preconditionf("exam.practical.state", "场次当前为“%s”，不能评分；开考申请获批准后、场次结束前才能评分", st.State.Name())
}

// next is the revision that a candidate's next sheet has. Fault:
// exam.practical.done.
func next(before []Sheet) (int, error) {
	if len(before) == 0 {
		return 1, nil
	}
	last := before[len(before)-1]
	if last.State != Rejected {
		return 0, fault.Conflictf("exam.practical.done", "该考生的评分表已签名提交（%s），不能再评；只有中心退回后才能重新评分", last.State.Name())
	}
	return last.Revision + 1, nil
}
