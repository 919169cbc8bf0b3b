package node

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

const auditEnrol = "node.enrol"

// Enrol turns a one-time code and a device's certificate request into a node.
// The same code with the same key gets the same answer again, because the
// first answer may have been lost; with another key it is used up. A venue's
// former node is revoked. Faults: node.enrolment.code, sm.request.
func (s *Service) Enrol(ctx context.Context, in wire.EnrolRequest) (wire.EnrolReply, error) {
	req, err := sm.ParseRequest(in.Request)
	if err != nil {
		return wire.EnrolReply{}, err
	}
	ctx = auth.System(ctx, "enrol")
	var reply wire.EnrolReply
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		e, err := getEnrolment(ctx, tx, lockCodeSQL, hashCode(in.Code))
		if fault.KindOf(err) == fault.NotFound {
			return errCode
		}
		if err != nil {
			return err
		}
		n, err := s.enrol(ctx, tx, e, req.Key)
		if err != nil {
			return err
		}
		reply, err = s.reply(ctx, tx, n)
		return err
	})
	return reply, err
}

func (s *Service) enrol(ctx context.Context, tx pgx.Tx, e Enrolment, key *sm.PublicKey) (Node, error) {
	now := s.Now()
	if e.Node != nil && now.Before(e.ExpiresAt) {
		n, err := usable(getNode(ctx, tx, lockNodeSQL, *e.Node))
		if err == nil && bytes.Equal(n.PublicKey, key.DER()) {
			return n, nil
		}
	}
	err := e.Usable(now)
	if err != nil {
		return Node{}, err
	}
	id := newID()
	cert, err := s.CA.Issue(key, sm.Subject{Node: id, Venue: e.Venue}, now, CertificateLife)
	if err != nil {
		return Node{}, err
	}
	n := Node{
		ID: id, Venue: e.Venue, Name: e.Name, State: Active, PublicKey: key.DER(), Certificate: cert.DER(),
		NotAfter: cert.NotAfter, EnrolledAt: now, ChangedAt: now,
	}
	err = addNode(ctx, tx, n)
	if err != nil {
		return Node{}, err
	}
	_, err = tx.Exec(ctx, replaceNodeSQL, n.Venue, n.ID, "由新设备替换", now)
	if err != nil {
		return Node{}, fmt.Errorf("replace node: %w", err)
	}
	_, err = tx.Exec(ctx, useSQL, e.ID, now, n.ID)
	if err != nil {
		return Node{}, fmt.Errorf("use enrolment: %w", err)
	}
	if s.Enrolled != nil {
		err = s.Enrolled(ctx, tx, n)
		if err != nil {
			return Node{}, err
		}
	}
	return n, s.Audit.Record(ctx, tx, auditEnrol, n.ID, map[string]string{"venue": n.Venue, "enrolment": e.ID})
}

func (s *Service) reply(ctx context.Context, tx pgx.Tx, n Node) (wire.EnrolReply, error) {
	// A node holds no right to read venues, and is told its own one's name.
	name, err := s.Venue(auth.System(ctx, "node"), tx, n.Venue)
	return wire.EnrolReply{
		Node: n.ID, Venue: n.Venue, VenueName: name, Certificate: n.Certificate,
		Authority: s.CA.NodeRoot().DER(), Cloud: s.CA.Cloud().Public().DER(), NotAfter: n.NotAfter, Broker: s.Broker(),
	}, err
}

// Renew gives an active node a fresh certificate for the key it has; a node
// asks at two thirds of its certificate's life.
func (s *Service) Renew(ctx context.Context, id string) (wire.EnrolReply, error) {
	var reply wire.EnrolReply
	return reply, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		n, err := usable(getNode(ctx, tx, lockNodeSQL, id))
		if err != nil {
			return err
		}
		key, err := sm.ParsePublicKey(n.PublicKey)
		if err != nil {
			return err
		}
		cert, err := s.CA.Issue(key, sm.Subject{Node: n.ID, Venue: n.Venue}, s.Now(), CertificateLife)
		if err != nil {
			return err
		}
		n.Certificate, n.NotAfter = cert.DER(), cert.NotAfter
		_, err = tx.Exec(ctx, setCertificateSQL, id, n.Certificate, n.NotAfter, s.Now())
		if err != nil {
			return fmt.Errorf("renew node: %w", err)
		}
		reply, err = s.reply(ctx, tx, n)
		return err
	})
}

// Authenticate says which node shows this token, for the stated audience. It
// fails with auth.required on anything that is not a known node's own word,
// and with node.revoked.
func (s *Service) Authenticate(ctx context.Context, token, audience string) (Node, error) {
	t, err := envelope.ParseToken(token)
	if err != nil {
		return Node{}, auth.Required().With(err)
	}
	n, err := getNode(ctx, s.DB, getNodeSQL, t.Node)
	if fault.KindOf(err) == fault.NotFound {
		return Node{}, auth.Required()
	}
	if err != nil {
		return Node{}, err
	}
	key, err := sm.ParsePublicKey(n.PublicKey)
	if err != nil {
		return Node{}, err
	}
	err = t.Verify(key, audience, s.Now())
	if err != nil {
		return Node{}, auth.Required().With(err)
	}
	// Only the node itself is told that it was revoked.
	if _, err = usable(n, nil); err != nil {
		return Node{}, err
	}
	return n, s.inTime(n)
}

// inTime refuses a certificate that has run out; a day's grace lets a venue
// whose clock or network failed at the wrong moment still renew.
func (s *Service) inTime(n Node) error {
	if s.Now().After(n.NotAfter.Add(24 * time.Hour)) {
		return fault.New(fault.Forbidden, "node.certificate.expired", "设备证书已过期，请联系考试中心重新注册设备")
	}
	return nil
}

// Admit implements the broker's Doorkeeper.
func (s *Service) Admit(ctx context.Context, node, token string) error {
	n, err := s.Authenticate(ctx, token, envelope.AudienceMQTT)
	if err != nil {
		return err
	}
	if n.ID != node {
		return auth.Required()
	}
	return nil
}
