package online

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// ticketLife is how long somebody may look at whose account it is.
const ticketLife = 10 * time.Minute

const (
	placeArrival = "online_arrival.account"

	insertArrivalSQL = `INSERT INTO online_arrival (id, ticket_hash, account, at) VALUES ($1, $2, $3, $4)`
	takeArrivalSQL   = `DELETE FROM online_arrival WHERE ticket_hash = $1 RETURNING id, account, at`
	sweepArrivalSQL  = `DELETE FROM online_arrival WHERE at < $1`
)

// Arrival is how the platform sends somebody.
type Arrival struct {
	Token string `json:"token_sno" minLength:"8" maxLength:"200" doc:"一网通办一次性令牌"`
}

// Arrived is whose account a link carries, before anything is opened or written: it
// may be another's link.
type Arrived struct {
	Ticket string `json:"ticket" doc:"本人确认后凭它进入；十分钟内有效，只能用一次"`
	Kind   string `json:"kind" enum:"PERSON,COMPANY"`
	Name   string `json:"name" doc:"掩码"`
	IDNo   string `json:"id_no" doc:"掩码"`
	Org    string `json:"org" doc:"企业名称；个人为空"`
	// Here is who is signed on in this browser.
	Here string `json:"here" enum:"NOBODY,SAME,OTHER" doc:"本浏览器当前登录的是：无人、同一账号、另一账号"`
	Who  string `json:"who" doc:"另一账号的姓名（掩码）或企业名称；没有为空"`
}

// Confirmation is that it is they.
type Confirmation struct {
	Ticket string `json:"ticket" minLength:"8" maxLength:"100"`
}

// Arrive exchanges the platform's token for what it says of who was sent, and asks
// whether it is they. Faults: those of SignOn, online.level, and of the person's data.
func (s *Service) Arrive(ctx context.Context, cookie string, in Arrival) (Arrived, error) {
	u, err := s.SignOn(ctx, in.Token)
	if err != nil {
		return Arrived{}, err
	}
	if u.Level < needLevel {
		return Arrived{}, fault.New(fault.Forbidden, "online.level", "办理本业务需要高级实名认证，请先在“一网通办”完成实名认证后再进入")
	}
	id, err := person.ParseID(u.IDNo)
	if err != nil {
		return Arrived{}, err
	}
	out := Arrived{Ticket: newToken(), Kind: u.Kind, Name: person.MaskName(u.Name), IDNo: id.Mask(), Org: u.Org, Here: "NOBODY"}
	here := ""
	if c, now, err := s.held(ctx, cookie); err == nil {
		here = c.ID
		if out.Here = "SAME"; !same(now, u) {
			out.Here, out.Who = "OTHER", person.MaskName(now.Name)
			if now.Kind == Company {
				out.Who = now.Org
			}
		}
	} else if fault.From(err).Code != codeRequired {
		return Arrived{}, err
	}
	return out, s.await(ctx, sent{u, here}, out.Ticket)
}

// sent is who was sent, and which session the browser had when it was asked whose
// account it is.
type sent struct {
	User

	Here string `json:"here"`
}

func same(a, b User) bool {
	return a.Kind == b.Kind && a.IDNo == b.IDNo && a.USCC == b.USCC
}

func (s *Service) await(ctx context.Context, u sent, ticket string) error {
	plain, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("write account: %w", err)
	}
	id := uuid.Must(uuid.NewV7()).String()
	sealed, err := s.Keys.SealAt([]string{placeArrival, id}, plain)
	if err != nil {
		return err
	}
	now := s.Clock.Now().UTC()
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sweepArrivalSQL, now.Add(-ticketLife)); err != nil {
			return fmt.Errorf("end old arrivals: %w", err)
		}
		if _, err := tx.Exec(ctx, insertArrivalSQL, id, ticketHash(ticket), sealed, now); err != nil {
			return fmt.Errorf("insert arrival: %w", err)
		}
		return nil
	})
}

func ticketHash(ticket string) []byte {
	d := sm.Sum([]byte("huyun-arrival"), []byte(ticket))
	return d[:]
}

func errTicket() error {
	return fault.New(fault.Unauthenticated, "online.ticket", "确认已超时或已使用过，请回到“一网通办”重新进入")
}

// Confirm opens a session for whoever says that it is they; one that was open in
// the browser ends, unless another signed on since it was asked. Faults:
// online.ticket, online.other.
func (s *Service) Confirm(ctx context.Context, cookie string, in Confirmation) (Session, http.Cookie, error) {
	before, was, err := s.held(ctx, cookie)
	if err != nil && fault.From(err).Code != codeRequired {
		return Session{}, http.Cookie{}, err
	}
	open := err == nil
	token := newToken()
	var out Session
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		u, err := s.taken(ctx, tx, in.Ticket)
		if err != nil {
			return err
		}
		if open && before.ID != u.Here && !same(was, u.User) {
			return fault.New(fault.Conflict, "online.other", "本浏览器刚刚登录了另一账号；请先保存并退出那个账号，再回到“一网通办”重新进入")
		}
		p, err := s.People.Ensure(auth.System(ctx, "online"), tx, basic(u.User))
		if err != nil {
			return err
		}
		if open {
			if err := s.end(auth.With(ctx, actor(before, was)), tx, before.ID); err != nil {
				return err
			}
		}
		out, err = s.open(ctx, tx, p, u.User, token)
		return err
	})
	return out, s.Cookie(token, sessionLimit), err
}

// taken is who a ticket was made for, once.
func (s *Service) taken(ctx context.Context, tx pgx.Tx, ticket string) (u sent, err error) {
	a, found, err := db.Maybe[struct {
		ID      string    `db:"id"`
		Account []byte    `db:"account"`
		At      time.Time `db:"at"`
	}](ctx, tx, takeArrivalSQL, ticketHash(ticket))
	if err == nil && (!found || s.Clock.Now().Sub(a.At) > ticketLife) {
		err = errTicket()
	}
	if err != nil {
		return u, err
	}
	plain, err := s.Keys.OpenAt([]string{placeArrival, a.ID}, a.Account)
	if err == nil {
		err = json.Unmarshal(plain, &u)
	}
	return u, err
}

func basic(u User) practitioner.Basic {
	b := practitioner.Basic{Name: u.Name, Nation: u.Nation, Address: u.Address}
	b.ID, _ = person.ParseID(u.IDNo)                        // it was at the arrival
	if m, err := person.ParseMobile(u.Mobile); err == nil { // a platform's odd number does not bar anybody
		b.Mobile = m
	}
	return b
}
