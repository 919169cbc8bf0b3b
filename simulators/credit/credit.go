// Package credit stands for the credit system that reports serious dishonesty
// (M46). It is written from cloud/external/credit/README.md, not from our code.
package credit

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"huyun.internal/simulators/control"
)

// Sender is its name in the agreement.
const Sender = "credit-sh"

const path = "/partner/v1/credit/batches"

// Entry is a line of a list as somebody at the credit system sees it.
type Entry struct {
	IDNo        string `json:"id_no"`
	ListType    string `json:"list_type"`
	Reason      string `json:"reason"`
	DecisionNo  string `json:"decision_no"`
	Org         string `json:"org"`
	ListedAt    string `json:"listed_at"`
	ExpireAt    string `json:"expire_at"`
	Status      string `json:"status"`
	RepairState string `json:"repair_state"`
}

// System is the simulator.
type System struct{ *control.Line }

type (
	batch struct {
		BatchNo int64  `json:"batchNo"`
		MadeAt  string `json:"madeAt"`
		Entries []line `json:"entries"`
	}
	line struct {
		PersonID    string `json:"personId"`
		ListType    string `json:"listType"`
		Reason      string `json:"reason"`
		DecisionNo  string `json:"decisionNo"`
		Org         string `json:"org"`
		ListedAt    string `json:"listedAt"`
		ExpireAt    string `json:"expireAt"`
		Status      string `json:"status"`
		RepairState string `json:"repairState"`
	}
)

// Report sends entries as the next batch. Correcting or withdrawing one is
// reporting it again with other content.
func (s System) Report(ctx context.Context, entries []Entry) ([]control.Sent, error) {
	b := batch{MadeAt: time.Now().Format(time.RFC3339)}
	for _, e := range entries {
		sealed, err := s.Seal(ctx, e.IDNo)
		if err != nil {
			return nil, err
		}
		b.Entries = append(b.Entries, line{
			PersonID: sealed, ListType: e.ListType, Reason: e.Reason, DecisionNo: e.DecisionNo, Org: e.Org, ListedAt: e.ListedAt, ExpireAt: e.ExpireAt,
			Status: or(e.Status, "ON"), RepairState: or(e.RepairState, "NONE"),
		})
	}
	m, err := s.Number(path, func(n int64) (string, any) {
		b.BatchNo = n
		return strconv.FormatInt(n, 10), b
	})
	if err != nil {
		return nil, err
	}
	return s.Push(ctx, m)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Register adds what a person at the credit system does, and the controls.
func (s System) Register(mux *http.ServeMux) {
	s.Line.Register(mux, "credit")
	mux.HandleFunc("POST /credit/entries", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Entries []Entry `json:"entries"`
		}
		err := control.Read(r, &in)
		var out []control.Sent
		if err == nil {
			out, err = s.Report(r.Context(), in.Entries)
		}
		control.Answer(w, out, err)
	})
}
