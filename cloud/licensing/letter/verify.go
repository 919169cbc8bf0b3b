package letter

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/person"
)

// Verdict says whether a paper is one of ours.
type Verdict string

// Verdicts.
const (
	Genuine Verdict = "GENUINE"
	Voided  Verdict = "VOID"
	Unknown Verdict = "UNKNOWN"
)

// Answer is what the public is told of a code: enough to compare with the paper,
// nothing else of the case or its applicant.
type Answer struct {
	Verdict   Verdict `json:"verdict" enum:"GENUINE,VOID,UNKNOWN"`
	Number    string  `json:"number,omitempty"`
	KindName  string  `json:"kind_name,omitempty"`
	Date      string  `json:"date,omitempty"`
	Applicant string  `json:"applicant,omitempty" doc:"遮蔽后的姓名"`
	Agency    string  `json:"agency,omitempty"`
	Demo      bool    `json:"demo,omitempty" doc:"演示环境生成，无法律效力"`
}

// Verify answers whoever holds a paper's code; anybody may ask. A code is found
// by its index alone, so that a wrong one tells nothing of others. Fault:
// licensing.letter.tampered.
func (s *Service) Verify(ctx context.Context, code string) (Answer, error) {
	code = readCode(code)
	if code == "" {
		return Answer{Verdict: Unknown}, nil
	}
	l, known, err := db.Maybe[Letter](ctx, s.db, byCodeSQL, s.keys.Blind(codeIndex, code))
	if err != nil || !known {
		return Answer{Verdict: Unknown}, err
	}
	if err := s.trust(&l); err != nil {
		return Answer{}, err
	}
	out := Answer{
		Verdict: Genuine, Number: l.Number, KindName: l.KindName, Date: l.Date, Applicant: person.MaskName(l.Applicant), Agency: s.agency.Name, Demo: l.Demo,
	}
	if l.State == Void {
		out.Verdict = Voided
	}
	return out, nil
}
