package node

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Permissions of this domain are the ids of its operations.
const (
	PermList    = "node.list"
	PermCode    = "node.enrolment.create"
	PermApprove = "node.enrolment.approve"
	PermCodes   = "node.enrolment.list"
	PermState   = "node.state.change"
	PermDead    = "node.dead.list"
	PermSettle  = "node.dead.settle"
	PermPacket  = "node.packet.bring"
)

// Auditor records an act in the caller's transaction; satisfied by cloud/audit.
type Auditor interface {
	Record(ctx context.Context, tx pgx.Tx, action, object string, detail any) error
}

// Authority holds the keys under which nodes are known; satisfied by
// cloud/keys.
type Authority interface {
	// Issue certifies a node's key for a stated life.
	Issue(key *sm.PublicKey, s sm.Subject, from time.Time, life time.Duration) (*sm.Certificate, error)
	// NodeRoot is the node authority's certificate.
	NodeRoot() *sm.Certificate
	// Cloud is the key that signs and opens link frames.
	Cloud() sm.Keeper
}

// Service is the use cases of nodes.
type Service struct {
	DB     *db.DB
	Audit  Auditor
	CA     Authority
	Orders *Orders
	Venue  func(ctx context.Context, q db.Q, id string) (name string, err error)
	Broker func() wire.Broker
	// Enrolled is told of a new node in the transaction that makes it, so that
	// its venue's domains can order what it must know. May be nil.
	Enrolled func(ctx context.Context, tx pgx.Tx, n Node) error
	// Appliers are asked in order about every record.
	Appliers []Applier
	Now      func() time.Time
	Log      *slog.Logger
}

// NewOrders makes the order journal of all nodes.
func NewOrders(seal Sealer, now func() time.Time) *Orders { return &Orders{seal: seal, now: now} }

// Code is a fresh one-time code; Code is shown once and never again.
type Code struct {
	Enrolment
	Code string `json:"code"`
}

// CreateCode makes a one-time code for a venue. It works once, within 24
// hours, after another person has approved it.
func (s *Service) CreateCode(ctx context.Context, venue, name string) (Code, error) {
	actor, err := auth.Require(ctx, PermCode)
	if err != nil {
		return Code{}, err
	}
	err = actor.Venue(venue)
	if err != nil {
		return Code{}, err
	}
	now := s.Now()
	raw := make([]byte, codeBytes)
	_, _ = rand.Read(raw)
	c := Code{Code: formatCode(raw), Enrolment: Enrolment{
		ID: newID(), Venue: venue, Name: name, CreatedBy: actor.Username, CreatedAt: now, ExpiresAt: now.Add(CodeLife),
	}}
	return c, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		_, err := s.Venue(ctx, tx, venue)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, addEnrolmentSQL, c.ID, hashCode(c.Code), venue, name, c.CreatedBy, now, c.ExpiresAt)
		if err != nil {
			return fmt.Errorf("add enrolment: %w", err)
		}
		return s.Audit.Record(ctx, tx, PermCode, c.ID, map[string]string{"venue": venue, "name": name})
	})
}

// formatCode writes 128 bits as groups of five that can be read out.
func formatCode(raw []byte) string {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hashCode(code string) []byte {
	clean := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	d := sm.Sum([]byte("huyun enrolment code v1\x00"), []byte(clean))
	return d[:]
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// ApproveCode is the second person's word. Faults: node.enrolment.self,
// node.enrolment.state.
func (s *Service) ApproveCode(ctx context.Context, id string) error {
	actor, err := auth.Require(ctx, PermApprove)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		e, err := getEnrolment(ctx, tx, lockEnrolmentSQL, id)
		if err != nil {
			return err
		}
		err = actor.Venue(e.Venue)
		if err != nil {
			return err
		}
		err = e.Approve(actor.Username, s.Now())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, approveSQL, e.ID, e.ApprovedBy, e.ApprovedAt)
		if err != nil {
			return fmt.Errorf("approve enrolment: %w", err)
		}
		return s.Audit.Record(ctx, tx, PermApprove, e.ID, nil)
	})
}

// Codes lists one-time codes in the reader's scope, never the codes themselves.
func (s *Service) Codes(ctx context.Context, f CodeFilter, p db.Page) (db.List[Enrolment], error) {
	actor, err := auth.Require(ctx, PermCodes)
	if err != nil {
		return db.List[Enrolment]{}, err
	}
	return listEnrolments(ctx, s.DB, actor.Scope, f, s.Now(), p)
}

// Board lists nodes in the reader's scope with what is known of each.
func (s *Service) Board(ctx context.Context, f Filter, p db.Page) (db.List[Row], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Row]{}, err
	}
	page, err := listNodes(ctx, s.DB, actor.Scope, f, s.Now(), p)
	if err != nil {
		return db.List[Row]{}, err
	}
	rows, err := decorate(ctx, s.DB, page.Items, s.Now())
	return db.List[Row]{Items: rows, Total: page.Total}, err
}

// ChangeState quarantines, frees or revokes a node. Revoked is for ever.
// Faults: node.revoked, node.state.reason.
func (s *Service) ChangeState(ctx context.Context, id string, to State, reason string) error {
	actor, err := auth.Require(ctx, PermState)
	if err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "node.state.reason", "请填写变更设备状态的原因")
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		n, err := getNode(ctx, tx, lockNodeSQL, id)
		if err != nil {
			return err
		}
		err = actor.Venue(n.Venue) // before its state: another venue's node does not exist
		if err != nil {
			return err
		}
		n, err = usable(n, nil)
		if err != nil {
			return err
		}
		err = s.setState(ctx, tx, id, to, reason)
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, PermState, id, map[string]any{"from": n.State, "to": to, "reason": reason})
	})
}

func (s *Service) setState(ctx context.Context, tx pgx.Tx, id string, to State, reason string) error {
	_, err := tx.Exec(ctx, setStateSQL, id, to, reason, s.Now())
	if err != nil {
		return fmt.Errorf("set node state: %w", err)
	}
	return nil
}

// DeadLetters lists records of the reader's venues that could not be applied.
func (s *Service) DeadLetters(ctx context.Context, open bool, p db.Page) (db.List[Dead], error) {
	actor, err := auth.Require(ctx, PermDead)
	if err != nil {
		return db.List[Dead]{}, err
	}
	return listDead(ctx, s.DB, actor.Scope, open, p)
}

// SettleDead says that a person has dealt with a dead record.
func (s *Service) SettleDead(ctx context.Context, node, lane string, seq int64, note string) error {
	actor, err := auth.Require(ctx, PermSettle)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		n, err := getNode(ctx, tx, getNodeSQL, node)
		if err != nil {
			return err
		}
		if err = actor.Venue(n.Venue); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, settleDeadSQL, node, lane, seq, actor.Username, s.Now())
		if err != nil {
			return fmt.Errorf("settle dead record: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return db.Missing()
		}
		return s.Audit.Record(ctx, tx, PermSettle, fmt.Sprintf("%s/%s/%d", node, lane, seq), map[string]string{"note": note})
	})
}

// SaveState keeps a node's latest telemetry.
func (s *Service) SaveState(ctx context.Context, node string, state wire.NodeState) error {
	raw, err := json.Marshal(state)
	if err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, putStateSQL, node, raw, s.Now())
	return err
}

// NodeFor is the active node of a venue and its key. Fault: exam.node.none.
func (s *Service) NodeFor(ctx context.Context, tx pgx.Tx, venue string) (string, *sm.PublicKey, error) {
	n, err := getNode(ctx, tx, venueNodeSQL, venue)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil, fault.New(fault.Precondition, "exam.node.none", "该分考场尚无已注册的边缘设备，请先完成设备注册")
	}
	if err != nil {
		return "", nil, err
	}
	pub, err := sm.ParsePublicKey(n.PublicKey)
	return n.ID, pub, err
}

// VenueOf is the venue of any node that ever was.
func (s *Service) VenueOf(ctx context.Context, tx pgx.Tx, node string) (string, error) {
	n, err := getNode(ctx, tx, getNodeSQL, node)
	return n.Venue, err
}
