package wire

import "time"

// SittingReceipt brings a venue the centre's signed word that it holds a closed
// sitting exactly as the venue has closed it.
type SittingReceipt struct {
	Sitting string `json:"sitting"`
	Signed  []byte `json:"signed"` // envelope.Sign over a Receipt in JSON, bound to ReceiptBinding
}

// ReceiptBinding is what a receipt's signature is bound to, so that nothing else
// that the centre signs can pass for one.
const ReceiptBinding = "huyun exam receipt 1"

// Receipt is what the centre signs for a closed sitting. Each digest is over the
// answers that lie at the centre, never the venue's word for them.
type Receipt struct {
	Number  string    `json:"number"` // as people read it
	Sitting string    `json:"sitting"`
	Node    string    `json:"node"`    // whose journal brought it
	Count   int       `json:"count"`   // hand-ins
	Answers int       `json:"answers"` // answer records
	Digest  string    `json:"digest"`  // exam.SittingDigest over Handins
	Handins []Held    `json:"handins"` // in order of attempts
	At      time.Time `json:"at"`
}

// Held is one hand-in as it lies at the centre.
type Held struct {
	Attempt string `json:"attempt"`
	Digest  string `json:"digest"` // exam.AnswersDigest
}

// SittingDisputed tells a venue that the centre does not hold what the venue has
// closed, and so signs for nothing.
type SittingDisputed struct {
	Sitting     string   `json:"sitting"`
	Alarm       string   `json:"alarm"`       // id of the alarm that stands at the centre: the venue's is the same
	Differences []string `json:"differences"` // in Chinese, each a sentence
}
