package identity

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func TestNamesBehindAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("zhang", true, nil, "clerk")
	_, err := w.Names(context.Background(), []string{"zhang"})
	w.code(err, "auth.required")
	names, err := w.Names(w.aud, []string{"zhang", "root-sys", "nobody"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"zhang": "王zhang", "root-sys": "管理员"}, names)
}

func TestThreeAdministratorsAreSeparate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st, _, err := w.Create(w.sys, "zhang", "张三")
	require.NoError(t, err)

	// Nobody can both create and grant.
	w.code(w.Grant(w.sys, st.ID, []string{"clerk"}, true, nil), "auth.forbidden")
	_, _, err = w.Create(w.sec, "li", "李四")
	w.code(err, "auth.forbidden")
	for _, pair := range [][]string{{"sysadmin", "secadmin"}, {"secadmin", "auditor"}, {"auditor", "clerk"}, {"sysadmin", "proctor"}} {
		w.code(w.Grant(w.sec, st.ID, pair, true, nil), "identity.grant.separation")
	}
	// Nor become the other by way of their password or their own grant.
	self, _ := auth.From(w.sec)
	w.code(w.Grant(w.sec, self.ID, []string{"clerk"}, true, nil), "identity.grant.self")
	for _, admin := range []context.Context{w.sec, w.aud} {
		a, _ := auth.From(admin)
		_, err = w.Reset(w.sys, a.ID)
		w.code(err, "identity.staff.reset.admin")
	}
	me, _ := auth.From(w.sys)
	_, err = w.Reset(w.sys, me.ID)
	w.code(err, "identity.staff.self")
	w.code(w.Disable(w.sys, me.ID, true, "x"), "identity.staff.self")
	// The auditor only reads.
	w.code(w.Disable(w.aud, st.ID, true, "x"), "auth.forbidden")
	_, err = w.List(w.aud, StaffFilter{}, db.Page{})
	require.NoError(t, err)

	_, err = w.CreateAdmin(context.Background(), "zhao", "赵", good, "clerk")
	w.code(err, "identity.admin.role")
}

func TestCreateAndRenameAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, u := range []string{"", "a", "Zhang", "1zhang", "zhang san", "zhang'", "张三", strings.Repeat("a", 33)} {
		_, _, err := w.Create(w.sys, u, "张三")
		require.True(t, fault.Is(err, "identity.staff.username"), u)
	}
	for _, n := range []string{"", " 张三", "张三 ", strings.Repeat("张", 51)} {
		_, _, err := w.Create(w.sys, "zhang", n)
		require.True(t, fault.Is(err, "identity.staff.name"), n)
	}
	st, _, err := w.Create(w.sys, "zhang", "阿·𠮷")
	require.NoError(t, err)
	require.Empty(t, st.Roles)
	_, _, err = w.Create(w.sys, "zhang", "另一人")
	w.code(err, "identity.staff.taken")
	require.NoError(t, w.Rename(w.sys, st.ID, "阿吉", st.Version))
	w.code(w.Rename(w.sys, st.ID, "阿二", st.Version), "identity.staff.stale")
	w.code(w.Rename(w.sys, "none", "阿二", 1), "record.missing")
}

func TestGrantRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st, _, err := w.Create(w.sys, "zhang", "张三")
	require.NoError(t, err)
	w.code(w.Grant(w.sec, st.ID, []string{"god"}, true, nil), "identity.grant.role")
	w.code(w.Grant(w.sec, st.ID, []string{"proctor"}, true, nil), "identity.grant.venue")
	w.code(w.Grant(w.sec, st.ID, []string{"proctor"}, false, nil), "identity.grant.venue")
	require.NoError(t, w.Grant(w.sec, st.ID, []string{"proctor", "proctor", "clerk"}, false, []string{"v2", "v1", "v2"}))
	got, err := w.Get(w.sec, st.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"clerk", "proctor"}, got.Roles)
	require.Equal(t, []string{"v1", "v2"}, got.Venues)
	require.Equal(t, []string{"v1", "v2"}, w.venues)
	require.NoError(t, w.Grant(w.sec, st.ID, []string{"clerk"}, true, []string{"v9"}))
	require.Equal(t, []string{"v1", "v2", "v1", "v2"}, w.venues, "the venues left are told too")
}

func TestEditedGrantStopsTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	st := w.person("zhang", false, []string{"v1"}, "proctor")
	o, err := w.Open(ctx, "zhang", good)
	require.NoError(t, err)
	n, bad, err := w.CheckGrants(ctx)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	require.Empty(t, bad)
	for _, sql := range []string{
		"UPDATE identity_grant SET roles = '{clerk}' WHERE staff = $1", "UPDATE identity_grant SET scope_all = true WHERE staff = $1",
		"UPDATE identity_grant SET venues = '{v1,v2}' WHERE staff = $1", "UPDATE identity_grant SET granted_by = 'x' WHERE staff = $1",
		"UPDATE identity_grant SET mac = (SELECT mac FROM identity_grant WHERE staff <> $1 LIMIT 1) WHERE staff = $1",
	} {
		tx, err := w.db.Begin(ctx)
		require.NoError(t, err)
		var before []byte
		require.NoError(t, tx.QueryRow(ctx, "SELECT to_jsonb(g) FROM identity_grant g WHERE staff = $1", st.ID).Scan(&before))
		_, err = tx.Exec(ctx, sql, st.ID)
		require.NoError(t, err)
		require.NoError(t, tx.Commit(ctx))

		_, err = w.Authenticate(ctx, request(o))
		w.code(err, "identity.grant.damaged")
		_, err = w.Open(ctx, "zhang", good)
		w.code(err, "identity.grant.damaged")
		_, bad, err = w.CheckGrants(ctx)
		require.NoError(t, err)
		require.Equal(t, []string{st.ID}, bad, sql)
		list, err := w.VenueStaff(ctx, w.db, "v1")
		require.NoError(t, err)
		require.Empty(t, list.Members, "never shipped")

		_, err = w.db.Exec(ctx, "DELETE FROM identity_grant WHERE staff = $1", st.ID)
		require.NoError(t, err)
		_, err = w.db.Exec(ctx, "INSERT INTO identity_grant SELECT * FROM jsonb_populate_record(null::identity_grant, $1)", string(before))
		require.NoError(t, err)
		_, err = w.Authenticate(ctx, request(o))
		require.NoError(t, err, "as it was")
	}
}

func TestListIsScopedFilteredAndSorted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("zhang", false, []string{"v1"}, "proctor")
	w.person("li", false, []string{"v2"}, "proctor")
	w.person("sun", true, nil, "clerk")
	all, err := w.List(w.sys, StaffFilter{}, db.Page{Sort: "-username"})
	require.NoError(t, err)
	require.Equal(t, 6, all.Total)
	require.Equal(t, "zhang", all.Items[0].Username)
	for f, want := range map[StaffFilter]string{
		{Role: "proctor"}: "li zhang", {Venue: "v2"}: "li", {Role: "none"}: "", {Disabled: "true"}: "", {Role: "clerk", Disabled: "false"}: "sun",
	} {
		list, err := w.List(w.sys, f, db.Page{})
		require.NoError(t, err)
		var names []string
		for _, s := range list.Items {
			names = append(names, s.Username)
		}
		require.Equal(t, want, strings.Join(names, " "), f)
	}
	_, err = w.List(w.sys, StaffFilter{}, db.Page{Sort: "password"})
	w.code(err, "list.sort")

	local := auth.With(context.Background(), auth.Actor{ID: "x", Perms: auth.NewPerms(PermList, PermDisable), Scope: auth.Scope{Venues: []string{"v1"}}})
	list, err := w.List(local, StaffFilter{}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, list.Total)
	for _, s := range all.Items {
		_, err := w.Get(local, s.ID)
		if s.Username == "zhang" {
			require.NoError(t, err)
			continue
		}
		w.code(err, "record.missing")
		w.code(w.Disable(local, s.ID, true, "x"), "record.missing")
	}
}

func TestVenueStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	st := w.person("zhang", false, []string{"v1", "v2"}, "proctor", "clerk")
	w.person("li", false, []string{"v2"}, "proctor")
	w.person("sun", false, []string{"v1"}, "clerk")
	ship := func(venue string) (out wire.Staff) {
		require.NoError(t, w.db.InTx(ctx, func(tx pgx.Tx) (err error) {
			out, err = w.VenueStaff(ctx, tx, venue)
			return err
		}))
		return out
	}
	one := ship("v1")
	require.Len(t, one.Members, 1)
	m := one.Members[0]
	require.Equal(t, "zhang", m.Username)
	require.Equal(t, []string{"proctor"}, m.Roles, "centre roles stay at the centre")
	ok, err := newHasher().verify(ctx, m.Password, good)
	require.NoError(t, err)
	require.True(t, ok, "the proctor signs in at the venue with the same password")
	require.False(t, m.Disabled)

	require.NoError(t, w.Disable(w.sys, st.ID, true, "离岗"))
	two := ship("v1")
	require.Greater(t, two.Version, one.Version)
	require.True(t, two.Members[0].Disabled)
	require.Len(t, ship("v2").Members, 2)
	require.Empty(t, ship("v3").Members)
}

func TestEveryActIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st := w.person("zhang", true, nil, "clerk")
	require.NoError(t, w.Rename(w.sys, st.ID, "张", 2))
	require.NoError(t, w.Disable(w.sys, st.ID, true, "离岗"))
	_, err := w.Reset(w.sys, st.ID)
	require.NoError(t, err)
	require.NoError(t, w.ResetAdmin(context.Background(), "root-sec", "Another-Horse-8"))
	_, err = w.Open(context.Background(), "root-sec", good)
	w.code(err, "identity.session.wrong")
	require.Equal(t, strings.Join([]string{
		"identity.admin.create identity.session.open identity.admin.create identity.session.open identity.admin.create identity.session.open",
		"identity.staff.create identity.grant.change identity.session.open identity.password.change",
		"identity.staff.rename identity.staff.disable identity.staff.reset identity.admin.reset identity.session.refused",
	}, " "), w.actions())
	r, err := w.audit.Verify(context.Background())
	require.NoError(t, err)
	require.True(t, r.OK)
}
