package practitioner

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// parts are what the MAC of a registration protects: the whole row.
func (r *Registration) parts() [][]byte {
	return [][]byte{
		[]byte("practitioner_registration"), []byte(r.ID), []byte(r.Person), []byte(r.Category), []byte(r.Employer), []byte(r.EmployerCode),
		[]byte(r.From.String()), []byte(r.To.String()), []byte(r.State), []byte(r.EndedOn.String()), []byte(r.Why), []byte(r.Source),
		[]byte(r.Ref), []byte(r.EndRef), []byte(r.ReportedOn.String()), []byte(keys.Stamp(r.At)),
	}
}

func (s *Service) whole(r *Registration) bool { return s.keys.CheckRowMAC(r.MAC, r.parts()...) }

func tamperedRegistration(r *Registration) error {
	return fault.Newf(fault.Internal, "practitioner.registration.tampered", "在“%s”的注册（%s）被改动过，已停止办理，请立即联系安全管理员核查", r.Employer, r.Category)
}

// registration reads one. Faults: record.missing, practitioner.registration.tampered.
func (s *Service) registration(ctx context.Context, q db.Q, sql string, args ...any) (Registration, bool, error) {
	r, found, err := db.Maybe[Registration](ctx, q, sql, args...)
	if err == nil && found && !s.whole(&r) {
		return r, false, tamperedRegistration(&r)
	}
	return r, found, err
}

// putRegistration writes down a new one. Fault: practitioner.registration.twice.
func (s *Service) putRegistration(ctx context.Context, tx pgx.Tx, r *Registration) error {
	r.ID, r.State, r.At = newID(), "ACTIVE", s.now()
	r.MAC = s.keys.RowMAC(r.parts()...)
	_, err := tx.Exec(ctx, insertRegistrationSQL, r.ID, r.Person, r.Category, r.Employer, r.EmployerCode, r.From, r.To, r.Source, r.At, r.Ref, r.MAC)
	if db.IsUnique(err, "practitioner_registration_one") {
		return fault.New(fault.Conflict, "practitioner.registration.twice", "该类别已有在册的服务单位，请先终止原登记")
	}
	return wrap("insert registration", err)
}

func (s *Service) saveRegistration(ctx context.Context, tx pgx.Tx, r *Registration) error {
	r.MAC = s.keys.RowMAC(r.parts()...)
	_, err := tx.Exec(ctx, saveRegistrationSQL, r.ID, r.Person, r.Employer, r.EmployerCode, r.To, r.State, r.EndedOn, r.Why, r.Source, r.Ref, r.EndRef, r.ReportedOn, r.MAC)
	return wrap("save registration", err)
}

func (s *Service) endRegistration(ctx context.Context, tx pgx.Tx, r *Registration, on clock.Date, why, ref string) error {
	r.State, r.EndedOn, r.Why, r.EndRef = "ENDED", on, why, ref
	return s.saveRegistration(ctx, tx, r)
}

// mergeRegistrations gives a survivor what the loser has; of two in force of one
// category the loser's ends.
func (s *Service) mergeRegistrations(ctx context.Context, tx pgx.Tx, survivor, loser string) error {
	list, err := db.All[Registration](ctx, tx, registrationsSQL, loser)
	for i := range list {
		r := &list[i]
		if !s.whole(r) {
			return tamperedRegistration(r)
		}
		if r.State == "ACTIVE" {
			_, has, err := s.Employer(ctx, tx, survivor, r.Category)
			if err != nil {
				return err
			}
			if has {
				r.State, r.EndedOn, r.Why = "ENDED", s.today(), "档案合并，以保留档案的登记为准"
			}
		}
		r.Person = survivor
		if err := s.saveRegistration(ctx, tx, r); err != nil {
			return err
		}
	}
	return err
}

// SealRegistrations gives the registrations that were there before they had MACs
// theirs, once in the life of a database.
func (s *Service) SealRegistrations(ctx context.Context) error {
	return s.once(ctx, "practitioner.registration.seal", stillRegistrationsSQL, func(ctx context.Context, tx pgx.Tx) (int, error) {
		list, err := db.All[Registration](ctx, tx, bareRegistrationsSQL)
		if err != nil {
			return 0, err
		}
		b := &pgx.Batch{}
		for i := range list {
			b.Queue(sealRegistrationSQL, list[i].ID, s.keys.RowMAC(list[i].parts()...))
		}
		return len(list), wrap("seal registrations", tx.SendBatch(ctx, b).Close())
	})
}

// once does what is done once in the life of a database, with the tables locked.
// That it was done is an act in the audit, after which no row may be without a MAC:
// the chain shows when somebody takes it out. Several clouds may start at once.
func (s *Service) once(ctx context.Context, action, still string, do func(ctx context.Context, tx pgx.Tx) (rows int, err error)) error {
	ctx = auth.System(ctx, "migrate")
	done, err := s.audit.Happened(ctx, s.db, action)
	if err != nil || done {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, still); err != nil {
			return wrap("lock tables", err)
		}
		if done, err := s.audit.Happened(ctx, tx, action); err != nil || done {
			return err
		}
		rows, err := do(ctx, tx)
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, action, "", map[string]any{"rows": rows})
	})
}

const (
	registrationColumns = `SELECT id, person, category, employer, employer_code, reg_from, reg_to, state, ended_on, why, source, ref, end_ref, reported_on, at, mac
		FROM practitioner_registration`
	employerSQL           = registrationColumns + ` WHERE person = ` + survivor + ` AND category = $2 AND state = 'ACTIVE'`
	lastRegistrationSQL   = registrationColumns + ` WHERE person = ` + survivor + ` AND category = $2 ORDER BY coalesce(ended_on, reg_to) DESC NULLS FIRST LIMIT 1`
	registrationsSQL      = registrationColumns + ` WHERE person = $1 ORDER BY state, reg_from DESC`
	activeSQL             = registrationColumns + ` WHERE person = $1 AND id = $2 AND state = 'ACTIVE'`
	insertRegistrationSQL = `INSERT INTO practitioner_registration (id, person, category, employer, employer_code, reg_from, reg_to, state, source, at, ref, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'ACTIVE', $8, $9, $10, $11)`
	saveRegistrationSQL = `UPDATE practitioner_registration SET person = $2, employer = $3, employer_code = $4, reg_to = $5, state = $6, ended_on = $7, why = $8,
		source = $9, ref = $10, end_ref = $11, reported_on = $12, mac = $13 WHERE id = $1`

	stillRegistrationsSQL = `LOCK TABLE practitioner_registration IN SHARE ROW EXCLUSIVE MODE`
	bareRegistrationsSQL  = registrationColumns + ` WHERE mac IS NULL ORDER BY id`
	sealRegistrationSQL   = `UPDATE practitioner_registration SET mac = $2 WHERE id = $1 AND mac IS NULL`
)
