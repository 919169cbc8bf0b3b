package exam

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Orders are the kinds Apply understands.
func Orders() []string {
	return []string{
		wire.OrderSittingAssigned, wire.OrderOpeningDecided, wire.OrderPackManifest,
		wire.OrderPackWithdrawn, wire.OrderKeyRelease, wire.OrderSuspend,
	}
}

// Apply carries out one order of the centre in the transaction that moves the
// link's cursor. An order that comes again, or late, changes nothing; one that
// cannot be carried out fails with a fault, and the link keeps it on its list
// of dead letters.
func (s *Service) Apply(_ context.Context, tx *store.Tx, o wire.Order) error {
	var err error
	switch o.Kind {
	case wire.OrderSittingAssigned:
		err = with(o, func(b wire.SittingAssigned) error { return assign(tx, b) })
	case wire.OrderOpeningDecided:
		err = with(o, func(b wire.OpeningDecided) error { return decide(tx, b) })
	case wire.OrderPackManifest:
		err = with(o, func(b wire.PackManifest) error { return announce(tx, b) })
	case wire.OrderPackWithdrawn:
		err = with(o, func(b wire.PackWithdrawn) error { return s.withdraw(tx, b) })
	case wire.OrderKeyRelease:
		err = with(o, func(b wire.KeyRelease) error { return s.keepHalf(tx, b) })
	case wire.OrderSuspend:
		err = with(o, func(b wire.Suspend) error { return suspend(tx, b) })
	default:
		return fault.Invalidf("exam.order.kind", "不认识的指令 %q，请升级程序", o.Kind)
	}
	if err == nil {
		s.kick()
	}
	return err
}

func with[T any](o wire.Order, do func(T) error) error {
	body, err := wire.Decode[T](o.Body)
	if err != nil {
		return err
	}
	return do(body)
}

// assign stores a new or changed sitting. Once questions have been released
// its facts stand; a change then would be one that candidates have not seen.
func assign(tx *store.Tx, b wire.SittingAssigned) error {
	if b.Sitting == "" || b.Duration < 0 || wire.Rehearsed(b.Sitting) {
		return fault.Invalidf("exam.sitting.assign.body", "场次信息不完整，请中心重新下发")
	}
	have, ok, err := store.Load[Sitting](tx, sittingBucket, b.Sitting)
	if err != nil {
		return err
	}
	if ok && b.Version <= have.Version {
		return nil
	}
	if !ok {
		have = Sitting{State: Assigned}
	} else if have.Readable() || have.State == Closed {
		return fault.Preconditionf("exam.sitting.assign.state", "场次“%s”已经开考，不能再修改", have.Title)
	}
	have.SittingAssigned = b
	if b.Cancelled {
		if have.State == Cancelled {
			return Put(tx, have)
		}
		if err := have.Do(Cancel); err != nil {
			return err
		}
	} else if have.State == Cancelled {
		have.State = Assigned // called off by mistake and set again under a higher version
	}
	return Put(tx, have)
}

// decide takes the centre's answer to our last opening request; an answer to
// an older request is history.
func decide(tx *store.Tx, b wire.OpeningDecided) error {
	st, err := Get(tx, b.Sitting)
	if err != nil {
		return err
	}
	if b.Request != "" && st.Request != "" && b.Request != st.Request {
		return nil
	}
	verb := Return
	if b.Approved {
		verb = Approve
	}
	if st.Readable() && verb == Approve {
		return nil
	}
	if err := st.Do(verb); err != nil {
		return err
	}
	st.Reason, st.Condition = b.Reason, b.Condition
	return Put(tx, st)
}

// announce notes which package belongs to a sitting; the fetcher does the rest.
func announce(tx *store.Tx, b wire.PackManifest) error {
	if _, err := sm.ParseDigest(b.Pack); err != nil || b.Size <= 0 {
		return fault.Invalidf("exam.pack.manifest", "考题包清单不正确，请中心重新下发")
	}
	st, err := Get(tx, b.Sitting)
	if err != nil {
		return err
	}
	if b.Version <= st.Pack.Version && st.Pack.Digest != "" {
		return nil
	}
	if st.Readable() || st.State == Closed {
		return fault.Preconditionf("exam.pack.manifest.state", "场次“%s”已经开考，不能更换考题包", st.Title)
	}
	st.Pack = Pack{Digest: b.Pack, Size: b.Size, Version: b.Version}
	st.Preflight = Preflight{} // made for another package
	return Put(tx, st)
}

// withdraw deletes a package that the centre takes back, and tells it whether it
// has. What candidates have seen stays: the centre can suspend a sitting that
// runs, and a package that is another by now is not meant.
func (s *Service) withdraw(tx *store.Tx, b wire.PackWithdrawn) error {
	st, err := Get(tx, b.Sitting)
	if err != nil || st.Pack.Digest != b.Pack {
		return err
	}
	answer := wire.PackReceived{Sitting: b.Sitting, Pack: b.Pack, Size: st.Pack.Size, Reason: wire.PackKept}
	if st.Do(Withdraw) == nil {
		answer.Reason = wire.PackGone
		if err := os.Remove(s.packPath(b.Pack)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		st.Pack = Pack{Failure: fmt.Sprintf("中心已作废第 %d 版考题包（%s），等待重新下发", b.Version, b.Reason)}
		st.Preflight, st.Half, st.HalfFor, st.HalfBy, st.OpenedAt = Preflight{}, nil, "", "", time.Time{}
		if err := Put(tx, st); err != nil {
			return err
		}
	}
	_, err = tx.Append(journal.LaneExam, wire.KindPackReceived, b.Sitting, answer)
	return err
}

// keepHalf stores the centre's half of the content key, wrapped to the device,
// so that a cold start with no network can open the package again. A half for
// another package than the one announced is refused.
func (s *Service) keepHalf(tx *store.Tx, b wire.KeyRelease) error {
	st, err := Get(tx, b.Sitting)
	if err != nil {
		return err
	}
	if len(b.Half) != halfSize {
		return fault.Invalidf("exam.key.size", "放行密钥长度不正确，请中心重新放行")
	}
	if st.Pack.Digest != b.Pack {
		return fault.Preconditionf("exam.key.pack", "放行密钥不属于本场次当前的考题包，请中心重新放行")
	}
	if st.State == Closed || st.State == Cancelled {
		return fault.Preconditionf("exam.key.state", "场次“%s”%s，不再接收放行密钥", st.Title, st.State.Name())
	}
	wrapped, err := sm.Encrypt(s.keeper.Public(), slices.Clone(b.Half))
	if err != nil {
		return err
	}
	st.Half, st.HalfFor = wrapped, b.Pack
	if !st.Readable() {
		st.HalfBy = byRelease
	}
	return Put(tx, st)
}

// suspend stops or resumes a sitting on the centre's word. Clocks stop with
// it: attempt looks at Live.
func suspend(tx *store.Tx, b wire.Suspend) error {
	st, err := Get(tx, b.Sitting)
	if err != nil {
		return err
	}
	st.Suspended, st.Reason, st.SuspendBy = b.Suspended, b.Reason, b.By
	if !b.Suspended {
		st.SuspendBy = ""
	}
	return Put(tx, st)
}
