// Package online is the applicant's door (M11–M19): a citizen arrives from
// 一网通办 with a one-use token, gets a session of ours, and does everything about
// their own applications with it — on a telephone or a computer, without a visit.
// It follows chapter 6 of the domain reference and
// cloud/external/onestop/README.md.
//
// What an applicant may do to a case is application's; here is who they are. It
// never keeps the token, and it goes on working while the platform is down.
package online

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
)

// Kinds of accounts.
const (
	Citizen = "PERSON"
	Company = "COMPANY"
)

const (
	// needLevel is the least real-name level that may apply: 2 is checked against
	// the police's register, 3 with the face (assumed).
	needLevel = 2
	// idleLimit is long enough to look for a paper, short enough for a shared
	// computer; sessionLimit is a day's sitting.
	idleLimit    = 30 * time.Minute
	sessionLimit = 8 * time.Hour
	seenEvery    = time.Minute
)

// User is what the platform says of who has signed on.
type User struct {
	ID    string
	Kind  string // Citizen or Company
	Level int
	application.Account

	Org, USCC string // of a company
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Keys      *keys.Ring
	Audit     *audit.Log
	Clock     clock.Clock
	Log       *slog.Logger
	Cases     *application.Service
	Matters   *matter.Catalogue
	People    *practitioner.Service
	Sanctions *sanction.Service
	Visiting  *appointment.Service
	Secure    bool // served over TLS
	About     About

	// SignOn exchanges the platform's token. Faults: onestop.token, onestop.down,
	// onestop.unconfigured.
	SignOn func(ctx context.Context, token string) (User, error)
	// Known is told at every arrival of a citizen who they are at the platform.
	Known func(ctx context.Context, tx pgx.Tx, person, userID string) error
	// Number is one of the platform's apply numbers for an item; empty: none in
	// reserve.
	Number func(ctx context.Context, tx pgx.Tx, item string) (string, error)
}

// Service knows applicants' sessions.
type Service struct{ Parts }

// New makes the service.
func New(p Parts) *Service { return &Service{p} }

// About is what a page says to who is not signed in.
type About struct {
	Agency string `json:"agency"`
	Phone  string `json:"phone"`
	Portal string `json:"portal" doc:"一网通办入口；空为未配置"`
}

// Session is who is here.
type Session struct {
	CSRF  string `json:"csrf"`
	Kind  string `json:"kind" enum:"PERSON,COMPANY"`
	Name  string `json:"name"`
	IDNo  string `json:"id_no" doc:"掩码"`
	Org   string `json:"org" doc:"企业名称；个人为空"`
	USCC  string `json:"uscc"`
	Level int    `json:"level" doc:"实名等级"`
}

// Offer is a matter that can be applied for online.
type Offer struct {
	Code       string   `json:"code"`
	ItemCode   string   `json:"item_code"`
	Name       string   `json:"name"`
	Trade      string   `json:"trade"`
	TradeName  string   `json:"trade_name"`
	Action     string   `json:"action"`
	Categories []string `json:"categories"`
	Holds      string   `json:"holds" doc:"MUST：须已持证；MUST_NOT：须未持证；ANY：不限"`
	Days       int      `json:"days" doc:"承诺工作日，0 为即时"`
}

// Introduction is what an applicant reads before beginning.
type Introduction struct {
	Offer

	Definition matter.Definition `json:"definition"`
	Names      map[string]string `json:"names" doc:"材料、类别的名称"`
	Licences   []Held            `json:"licences" doc:"名下可以办理本事项的证件"`
	Verdict    *sanction.Verdict `json:"verdict,omitempty"`
	// Untaken is no bar to a draft: results may come in while it lies there.
	Untaken []application.Untaken `json:"untaken" doc:"须先考试合格而还没有合格的类别"`
	Enrol   string                `json:"enrol" doc:"考试报名的事项"`
	Hints   []sanction.Prompt     `json:"hints" doc:"证件临期、超期，继续教育、诚信考核的提示；不影响提交"`
	Why     string                `json:"why" doc:"现在不能申请的原因；空为可以"`
}

// Held is a certificate that an applicant can choose.
type Held struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	TypeName   string     `json:"type_name"`
	Number     string     `json:"number"`
	ValidTo    clock.Date `json:"valid_to,omitzero"`
	Categories []string   `json:"categories"`
	Names      []string   `json:"names"`
}
