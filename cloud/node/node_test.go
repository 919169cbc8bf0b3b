package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// keyring is a real node authority without a key store around it.
type keyring struct {
	root  *sm.SoftKey
	cert  *sm.Certificate
	cloud *sm.SoftKey
}

func newKeyring(t *testing.T, now time.Time) keyring {
	t.Helper()
	root, err := sm.Generate()
	require.NoError(t, err)
	cert, err := sm.NewAuthority(root, "test-authority", now, 24*365*time.Hour)
	require.NoError(t, err)
	cloud, err := sm.Generate()
	require.NoError(t, err)
	return keyring{root, cert, cloud}
}

func (k keyring) Issue(key *sm.PublicKey, s sm.Subject, from time.Time, life time.Duration) (*sm.Certificate, error) {
	return sm.Issue(k.root, k.cert, key, s, from, life)
}
func (k keyring) NodeRoot() *sm.Certificate { return k.cert }
func (k keyring) Cloud() sm.Keeper          { return k.cloud }

// sealer is a real cipher with a fixed key.
type sealer struct{}

func (sealer) Seal(p []byte) ([]byte, error) { return sm.SealGCM(make([]byte, 16), nil, p) }
func (sealer) Open(c []byte) ([]byte, error) { return sm.OpenGCM(make([]byte, 16), nil, c) }

// acts remembers what was audited.
type acts struct{ seen []string }

func (a *acts) Record(_ context.Context, _ pgx.Tx, action, _ string, _ any) error {
	a.seen = append(a.seen, action)
	return nil
}

// ledger applies records by writing them down, and refuses kind "bad".
type ledger struct{ seen []uint64 }

func (l *ledger) ApplyBatch(_ context.Context, _ pgx.Tx, _ string, recs []journal.Record) error {
	for _, r := range recs {
		if r.Kind == "bad" {
			return fault.New(fault.Invalid, "test.bad", "坏记录")
		}
	}
	for _, r := range recs {
		l.seen = append(l.seen, r.Seq)
	}
	return nil
}

type world struct {
	*Service
	acts   *acts
	ledger *ledger
	now    time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{acts: &acts{}, ledger: &ledger{}, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.Service = &Service{
		DB: dbtest.New(t), Audit: w.acts, CA: newKeyring(t, w.now), Orders: NewOrders(sealer{}, clock),
		Venue: func(_ context.Context, _ db.Q, id string) (string, error) {
			if id != "v-1" {
				return "", db.Missing()
			}
			return "第一分考场", nil
		},
		Broker: func() wire.Broker { return wire.Broker{TCP: "127.0.0.1:1883"} },
		Now:    clock, Log: slog.New(slog.DiscardHandler), Appliers: []Applier{w.ledger},
	}
	return w
}

func as(user string, perms ...string) context.Context {
	return auth.With(context.Background(), auth.Actor{
		ID: user, Kind: auth.KindStaff, Username: user, Scope: auth.Scope{All: true}, Perms: auth.NewPerms(perms...),
	})
}

// code makes an approved one-time code.
func (w *world) code(t *testing.T) string {
	t.Helper()
	c, err := w.CreateCode(as("anna", PermCode), "v-1", "考场服务器")
	require.NoError(t, err)
	require.NoError(t, w.ApproveCode(as("ben", PermApprove), c.ID))
	return c.Code
}

func request(t *testing.T) (*sm.SoftKey, []byte) {
	t.Helper()
	key, err := sm.Generate()
	require.NoError(t, err)
	der, err := sm.NewRequest(key, sm.Subject{Node: "new"})
	require.NoError(t, err)
	return key, der
}

func (w *world) enrolled(t *testing.T) (Node, *sm.SoftKey) {
	t.Helper()
	key, der := request(t)
	reply, err := w.Enrol(t.Context(), wire.EnrolRequest{Code: w.code(t), Request: der})
	require.NoError(t, err)
	n, err := getNode(t.Context(), w.DB, getNodeSQL, reply.Node)
	require.NoError(t, err)
	return n, key
}

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), getNodeSQL, lockNodeSQL, venueNodeSQL, venueNodesSQL, addNodeSQL, setStateSQL, setCertificateSQL,
		replaceNodeSQL, addEnrolmentSQL, lockEnrolmentSQL, lockCodeSQL, approveSQL, useSQL, listEnrolmentSQL, boardSQL,
		statesSQL, lanesSQL, deadCountSQL, putStateSQL, listDeadSQL, settleDeadSQL, ensureHeadSQL, lockHeadSQL, moveHeadSQL,
		addOrderSQL, notifySQL, readSQL, headSQL, orderHashSQL, ackedSQL, ackSQL, ensureCursorSQL, lockCursorSQL,
		moveCursorSQL, cursorSQL, storedHashSQL, addCheckpointSQL, addDeadSQL, proveSQL, walkSQL,
		atVenueSQL, onlineSQL)
}

func TestEnrolmentNeedsTwoPeopleAndWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, err := w.CreateCode(as("anna", PermCode, PermApprove), "v-1", "考场服务器")
	require.NoError(t, err)
	key, der := request(t)
	in := wire.EnrolRequest{Code: c.Code, Request: der}

	_, err = w.Enrol(t.Context(), in)
	require.True(t, fault.Is(err, "node.enrolment.code"), "not approved yet: %v", err)
	err = w.ApproveCode(as("anna", PermApprove), c.ID)
	require.True(t, fault.Is(err, "node.enrolment.self"), "%v", err)
	require.NoError(t, w.ApproveCode(as("ben", PermApprove), c.ID))

	reply, err := w.Enrol(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "第一分考场", reply.VenueName)
	cert, err := sm.ParseCertificate(reply.Certificate)
	require.NoError(t, err)
	require.True(t, cert.Public().Equal(key.Public()))
	root, err := sm.ParseCertificate(reply.Authority)
	require.NoError(t, err)
	require.NoError(t, sm.CheckChain(cert, []*sm.Certificate{root}, w.now))

	again, err := w.Enrol(t.Context(), in)
	require.NoError(t, err, "the first answer may have been lost")
	require.Equal(t, reply.Node, again.Node)

	_, other := request(t)
	_, err = w.Enrol(t.Context(), wire.EnrolRequest{Code: c.Code, Request: other})
	require.True(t, fault.Is(err, "node.enrolment.code"), "another device: %v", err)
	require.Contains(t, w.acts.seen, auditEnrol)
}

func TestCodesAreFilteredByWhereTheyStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, ben := as("anna", PermCode), as("ben", PermApprove)
	reader := as("carl", PermCodes)
	made := map[string]string{}
	code := func(name string) Code {
		c, err := w.CreateCode(anna, "v-1", name)
		require.NoError(t, err)
		made[c.ID] = name
		return c
	}
	code("过期的")
	w.now = w.now.Add(CodeLife + time.Minute)
	code("待批准的")
	require.NoError(t, w.ApproveCode(ben, code("待使用的").ID))
	used := code("已使用的")
	require.NoError(t, w.ApproveCode(ben, used.ID))
	_, der := request(t)
	_, err := w.Enrol(t.Context(), wire.EnrolRequest{Code: used.Code, Request: der})
	require.NoError(t, err)

	names := func(f CodeFilter, q string) (out []string) {
		list, err := w.Codes(reader, f, db.Page{Q: q})
		require.NoError(t, err)
		for _, e := range list.Items {
			require.Equal(t, made[e.ID], e.Name)
			if f.State != "" {
				require.Equal(t, f.State, e.standing(w.now), "the filter and the word on the page are one")
			}
			out = append(out, e.Name)
		}
		return out
	}
	for state, want := range map[string]string{"EXPIRED": "过期的", "WAITING": "待批准的", "READY": "待使用的", "USED": "已使用的"} {
		require.Equal(t, []string{want}, names(CodeFilter{State: state}, ""), state)
	}
	require.Len(t, names(CodeFilter{Venue: "v-1"}, ""), 4)
	require.Empty(t, names(CodeFilter{Venue: "v-2"}, ""))
	require.Equal(t, []string{"已使用的"}, names(CodeFilter{Venue: "v-1"}, "已使用"))
}

func TestEnrolmentRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, der := request(t)
	_, err := w.Enrol(t.Context(), wire.EnrolRequest{Code: "AAAAA-AAAAA", Request: der})
	require.True(t, fault.Is(err, "node.enrolment.code"), "%v", err)
	code := w.code(t)
	_, err = w.Enrol(t.Context(), wire.EnrolRequest{Code: code, Request: []byte("not a request")})
	require.True(t, fault.Is(err, "sm.request"), "%v", err)
	w.now = w.now.Add(CodeLife + time.Minute)
	_, err = w.Enrol(t.Context(), wire.EnrolRequest{Code: code, Request: der})
	require.True(t, fault.Is(err, "node.enrolment.code"), "expired: %v", err)
	_, err = w.CreateCode(as("anna", PermCode), "nowhere", "设备")
	require.Equal(t, fault.NotFound, fault.KindOf(err))
	_, err = w.CreateCode(as("anna"), "v-1", "设备")
	require.Equal(t, fault.Forbidden, fault.KindOf(err))
}

func TestNewNodeReplacesTheVenuesOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, oldKey := w.enrolled(t)
	fresh, _ := w.enrolled(t)
	require.NoError(t, w.DB.InTx(t.Context(), func(tx pgx.Tx) error {
		id, _, err := w.NodeFor(t.Context(), tx, "v-1")
		require.Equal(t, fresh.ID, id)
		return err
	}))
	err := w.Admit(t.Context(), old.ID, token(t, oldKey, old.ID, envelope.AudienceMQTT, w.now))
	require.True(t, fault.Is(err, "node.revoked"), "%v", err)
}

func token(t *testing.T, key sm.Signer, node, audience string, now time.Time) string {
	t.Helper()
	text, err := envelope.NewToken(key, node, audience, now.Add(time.Minute))
	require.NoError(t, err)
	return text
}

func TestAdmission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, key := w.enrolled(t)
	stranger, err := sm.Generate()
	require.NoError(t, err)
	require.NoError(t, w.Admit(t.Context(), n.ID, token(t, key, n.ID, envelope.AudienceMQTT, w.now)))
	require.Error(t, w.Admit(t.Context(), n.ID, token(t, stranger, n.ID, envelope.AudienceMQTT, w.now)), "another key")
	require.Error(t, w.Admit(t.Context(), n.ID, token(t, key, n.ID, envelope.AudienceHTTP, w.now)), "another audience")
	require.Error(t, w.Admit(t.Context(), "other", token(t, key, n.ID, envelope.AudienceMQTT, w.now)), "another name")
	require.Error(t, w.Admit(t.Context(), n.ID, token(t, key, n.ID, envelope.AudienceMQTT, w.now.Add(-time.Hour))), "expired")
	require.Error(t, w.Admit(t.Context(), n.ID, ""), "nothing")
	require.NoError(t, w.ChangeState(as("sec", PermState), n.ID, Revoked, "设备遗失"))
	err = w.Admit(t.Context(), n.ID, token(t, key, n.ID, envelope.AudienceMQTT, w.now))
	require.True(t, fault.Is(err, "node.revoked"), "%v", err)
}

func TestBoardTellsTheTruth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, key := w.enrolled(t)
	ctx := as("anna", PermList)
	list, err := w.Board(ctx, Filter{}, db.Page{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	require.False(t, list.Items[0].Online)
	lost := func(want int) {
		t.Helper()
		list, err := w.Board(ctx, Filter{Contact: Lost}, db.Page{})
		require.NoError(t, err)
		require.Equal(t, want, list.Total, "the filter is what the rows say")
	}
	lost(1)

	require.NoError(t, w.SaveState(t.Context(), n.ID, wire.NodeState{Version: "1.2", DiskFree: 7}))
	_, err = field{w, n, key}.send(t, chain(3, "ok"), journal.Position{})
	require.NoError(t, err)
	list, err = w.Board(ctx, Filter{}, db.Page{})
	require.NoError(t, err)
	require.True(t, list.Items[0].Online)
	require.Equal(t, "1.2", list.Items[0].Telemetry.Version)
	lost(0)
	require.Equal(t, int64(3), list.Items[0].Lanes[0].Applied)
	w.now = w.now.Add(time.Minute)
	list, err = w.Board(ctx, Filter{}, db.Page{})
	require.NoError(t, err)
	require.False(t, list.Items[0].Online, "a state of a minute ago is not online")
	lost(1)

	elsewhere := auth.With(t.Context(), auth.Actor{ID: "x", Perms: auth.NewPerms(PermList), Scope: auth.Scope{Venues: []string{"v-2"}}})
	list, err = w.Board(elsewhere, Filter{}, db.Page{})
	require.NoError(t, err)
	require.Empty(t, list.Items, "outside the reader's scope")
	text, err := json.Marshal(list)
	require.NoError(t, err)
	require.JSONEq(t, `{"items":[],"total":0}`, string(text))
}
