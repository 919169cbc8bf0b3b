package staff

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

var (
	errWrong = fault.Unauthenticatedf("staff.login.wrong",
		"账号或口令不正确；连续错误 %d 次将锁定 %d 分钟", person.MaxWrong, person.LockMinutes)
	errLocked = fault.TooManyf("staff.login.locked",
		"口令连续错误 %d 次，已锁定 %d 分钟，请稍后再试", person.MaxWrong, person.LockMinutes)
)

// maxStrangers bounds the wrong names remembered; the oldest are forgotten.
const maxStrangers = 500

// strangerPrefix begins the keys of names that nobody has. No account begins
// with it, and what was typed is not kept: people type passwords into it.
const strangerPrefix = "?"

// lock counts what was typed wrongly for a name, whether somebody has it or
// not, so that a lock does not tell which names exist.
type lock struct {
	Wrong int       `json:"wrong"`
	Until time.Time `json:"until,omitzero"`
	At    time.Time `json:"at,omitzero"`  // of the last wrong password
	Key   string    `json:"key,omitzero"` // its own, for forgetting
}

func lockKey(username string, known bool) string {
	if known {
		return username
	}
	return strangerPrefix + sm.Sum([]byte("staff stranger"), []byte(username)).String()
}

// wrong counts a wrong password and returns what to tell; first is in whose
// session it was typed.
func (s *Service) wrong(ctx context.Context, username string, known bool, first string) error {
	out := error(errWrong)
	who := username
	if !known {
		who = "unknown"
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		key := lockKey(username, known)
		l, met, err := store.Load[lock](tx, lockBucket, key)
		if err != nil {
			return err
		}
		l = lock{Wrong: l.Wrong + 1, At: tx.Now(), Key: key}
		if l.Wrong >= person.MaxWrong {
			l = lock{Until: tx.Now().Add(person.LockFor), At: tx.Now(), Key: key}
			out = errLocked
		}
		if !known && !met {
			if err := forget(tx); err != nil {
				return err
			}
		}
		if err := store.Save(tx, lockBucket, key, l); err != nil {
			return err
		}
		where := ""
		if first != "" {
			name, err := NameOf(tx, first)
			if err != nil {
				return err
			}
			where = "作为第二人，在 " + name + " 的登录中输错口令"
		}
		return s.audit.Record(audit.As(ctx, who), tx, "staff.login.refused", who, where)
	})
	return cmp.Or(err, out)
}

// forget makes room for one more stranger.
func forget(tx *store.Tx) error {
	all, err := store.All[lock](tx, lockBucket, strangerPrefix)
	if err != nil || len(all) < maxStrangers {
		return err
	}
	slices.SortFunc(all, func(a, b lock) int { return a.At.Compare(b.At) })
	for _, l := range all[:len(all)-maxStrangers+1] {
		tx.Delete(lockBucket, l.Key)
	}
	return nil
}
