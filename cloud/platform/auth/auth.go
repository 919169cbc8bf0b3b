// Package auth carries who is acting through a request: identity fills it in,
// web guards routes with it, every service asks it before it does anything.
//
// A permission is the id of an operation ("exam.bank.import"); who holds which
// is the table in cloud/app. A scope says for which venues the holder sees and
// changes things. The package does not know sessions, passwords or HTTP.
package auth

import (
	"context"
	"slices"

	"huyun.internal/protocol/fault"
)

// Kinds of actors.
const (
	KindStaff  = "staff"
	KindNode   = "node"
	KindSystem = "system"
)

// Scope limits an actor to some venues. The zero Scope reaches nothing.
type Scope struct {
	All    bool     `json:"all"`
	Venues []string `json:"venues"`
}

// Allows tells whether a venue's data may be seen. Data that belongs to no
// venue is asked for with "" and is seen by whoever reaches all venues.
func (s Scope) Allows(venue string) bool {
	return s.All || (venue != "" && slices.Contains(s.Venues, venue))
}

// Perms is the set of operations an actor may call.
type Perms map[string]struct{}

// NewPerms makes a set.
func NewPerms(names ...string) Perms {
	p := make(Perms, len(names))
	for _, n := range names {
		p[n] = struct{}{}
	}
	return p
}

// Has tells whether the set holds a permission.
func (p Perms) Has(perm string) bool {
	_, ok := p[perm]
	return ok
}

// Actor is who acts: a member of staff, a node, or the system itself.
type Actor struct {
	ID       string
	Kind     string
	Username string
	Name     string
	Roles    []string
	Scope    Scope
	Perms    Perms
	Session  string // public id of the session; empty when there is none
	CSRF     string // expected X-Huyun-CSRF; empty when no cookie is involved
	Behind   any    // what else the door read of them, for the door's own package alone
	Denied   error  // what is said when a permission is missing, to who has no administrator; nil: Forbidden
}

// Refusal is what is said to the actor when a permission is missing.
func (a Actor) Refusal() error {
	if a.Denied != nil {
		return a.Denied
	}
	return Forbidden()
}

// Can tells whether the actor holds a permission; the system holds all.
func (a Actor) Can(perm string) bool {
	return a.Kind == KindSystem || a.Perms.Has(perm)
}

// Venue refuses a venue outside the actor's scope with the same answer as a
// venue that does not exist, so that nobody can probe for it.
func (a Actor) Venue(venue string) error {
	if a.Kind == KindSystem || a.Scope.Allows(venue) {
		return nil
	}
	return fault.New(fault.NotFound, "record.missing", "没有找到这条记录，可能已被删除或不在您的管理范围内")
}

type key struct{}

// With puts an actor into a context.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, key{}, a)
}

// From reads the actor of a context.
func From(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(key{}).(Actor)
	return a, ok
}

// System returns a context in which the program itself acts, under the name of
// the part that does ("worker", "link").
func System(ctx context.Context, part string) context.Context {
	return With(ctx, Actor{ID: "system:" + part, Kind: KindSystem, Username: part, Name: "系统", Scope: Scope{All: true}})
}

// Require returns the actor if it may do perm. Faults: auth.required when
// nobody is signed in, auth.forbidden when the permission is missing.
func Require(ctx context.Context, perm string) (Actor, error) {
	a, ok := From(ctx)
	if !ok {
		return Actor{}, Required()
	}
	if !a.Can(perm) {
		return Actor{}, a.Refusal()
	}
	return a, nil
}

// RequireCity is Require for what belongs to no venue, like a paper rule: who
// answers for some venues only does not decide about it for all.
func RequireCity(ctx context.Context, perm string) (Actor, error) {
	a, err := Require(ctx, perm)
	if err == nil && a.Kind != KindSystem && !a.Scope.All {
		err = Forbidden()
	}
	return a, err
}

// Required is the refusal of a request without a valid session.
func Required() *fault.Error {
	return fault.New(fault.Unauthenticated, "auth.required", "请先登录后再操作")
}

// Forbidden is the refusal of an actor without the permission.
func Forbidden() *fault.Error {
	return fault.New(fault.Forbidden, "auth.forbidden", "您没有此项操作的权限，如确有需要请联系安全管理员授权")
}

// Origin is where a request came from.
type Origin struct{ IP, Agent string }

type originKey struct{}

// WithOrigin notes where a request came from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf reads it; empty for work that no request started.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

type passiveKey struct{}

// Passive marks work that a machine does on a person's behalf, such as an open
// board asking whether it may go on: it does not keep a session alive.
func Passive(ctx context.Context) context.Context {
	return context.WithValue(ctx, passiveKey{}, true)
}

// IsPassive tells whether the context is marked.
func IsPassive(ctx context.Context) bool {
	p, _ := ctx.Value(passiveKey{}).(bool)
	return p
}
