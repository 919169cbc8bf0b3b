// Package enforcement stands for the enforcement system that revokes licences
// (M50). It is written from cloud/external/enforcement/README.md, not from our
// code.
package enforcement

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/simulators/control"
)

// Sender is its name in the agreement.
const Sender = "enforcement-sh"

const path = "/partner/v1/enforcement/decisions"

// Decision is what somebody at the enforcement system enters: a revocation, or
// what becomes of one.
type Decision struct {
	Kind          string   `json:"kind"`
	Step          int      `json:"step"`
	PenaltyNo     string   `json:"penalty_no"`
	CertType      string   `json:"cert_type"`
	CertNo        string   `json:"cert_no"`
	Categories    []string `json:"categories"`
	DecisionDate  string   `json:"decision_date"`
	EffectiveDate string   `json:"effective_date"`
	Org           string   `json:"org"`
	Reason        string   `json:"reason"`
	Cause         string   `json:"cause"`
	Scope         string   `json:"scope"`
	LiftReason    string   `json:"lift_reason"`
	LiftDocNo     string   `json:"lift_doc_no"`
}

// System is the simulator.
type System struct{ *control.Line }

type message struct {
	MessageNo     string   `json:"messageNo"`
	Kind          string   `json:"kind"`
	Step          int      `json:"step"`
	PenaltyNo     string   `json:"penaltyNo"`
	CertType      string   `json:"certType,omitempty"`
	CertNo        string   `json:"certNo,omitempty"`
	Categories    []string `json:"categories,omitempty"`
	DecisionDate  string   `json:"decisionDate,omitempty"`
	EffectiveDate string   `json:"effectiveDate,omitempty"`
	Org           string   `json:"org,omitempty"`
	Reason        string   `json:"reason,omitempty"`
	Cause         string   `json:"cause,omitempty"`
	LockScope     string   `json:"lockScope,omitempty"`
	LiftReason    string   `json:"liftReason,omitempty"`
	LiftDocNo     string   `json:"liftDocNo,omitempty"`
}

// Tell sends a decision as the next message.
func (s System) Tell(ctx context.Context, d Decision) ([]control.Sent, error) {
	out := message{
		Kind: d.Kind, Step: max(d.Step, 1), PenaltyNo: d.PenaltyNo, CertType: d.CertType, Categories: d.Categories, DecisionDate: d.DecisionDate,
		EffectiveDate: d.EffectiveDate, Org: d.Org, Reason: d.Reason, Cause: d.Cause, LockScope: d.Scope, LiftReason: d.LiftReason, LiftDocNo: d.LiftDocNo,
	}
	var err error
	if d.CertNo != "" {
		if out.CertNo, err = s.Seal(ctx, d.CertNo); err != nil {
			return nil, err
		}
	}
	m, err := s.Number(path, func(n int64) (string, any) {
		out.MessageNo = fmt.Sprintf("ZF%s%06d", time.Now().Format("2006"), n)
		return out.MessageNo, out
	})
	if err != nil {
		return nil, err
	}
	return s.Push(ctx, m)
}

// Register adds what a person at the enforcement system does, and the controls.
func (s System) Register(mux *http.ServeMux) {
	s.Line.Register(mux, "enforcement")
	mux.HandleFunc("POST /enforcement/decisions", func(w http.ResponseWriter, r *http.Request) {
		var d Decision
		err := control.Read(r, &d)
		var out []control.Sent
		if err == nil {
			out, err = s.Tell(r.Context(), d)
		}
		control.Answer(w, out, err)
	})
}
