package wire

import (
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/practical"
)

// PracticalArranged makes a sitting one that also holds the practical exam, and
// brings the scheme by which it is scored. A sitting keeps the scheme it got first.
type PracticalArranged struct {
	Sitting string           `json:"sitting"`
	Scheme  practical.Scheme `json:"scheme"`
	By      string           `json:"by"`
}

// PracticalSheet is one candidate's practical exam as two examiners signed it.
// A sheet that the centre rejected stays; the next one has a higher revision.
type PracticalSheet struct {
	ID        string             `json:"id"` // made by the console; a repeat is the same sheet
	Sitting   string             `json:"sitting"`
	Candidate string             `json:"candidate"`
	Scheme    string             `json:"scheme"`
	Revision  int                `json:"revision"` // from 1
	Items     []practical.Scored `json:"items"`
	Remark    string             `json:"remark,omitempty"`
	Score     exam.Points        `json:"score"` // the venue's own sum
	Passed    bool               `json:"passed"`
	Examiners []string           `json:"examiners"` // the two accounts that signed
}

// PracticalDecided is the centre's word on a sheet.
type PracticalDecided struct {
	Sheet     string `json:"sheet"`
	Sitting   string `json:"sitting"`
	Candidate string `json:"candidate"`
	Revision  int    `json:"revision"`
	Confirmed bool   `json:"confirmed"`
	Reason    string `json:"reason,omitempty"` // of a rejection
	By        string `json:"by"`
}
