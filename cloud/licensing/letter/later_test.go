package letter_test

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/protocol/sm"
)

// later leaves slips for later and answers whose.
func (w *world) later() *[]string {
	var left []string
	w.Later = func(_ context.Context, _ pgx.Tx, id string) error {
		left = append(left, id)
		return nil
	}
	return &left
}

// TestASlipIsPrintedLater: issued without its paper, with what it says and its
// code; the paper is made once, whoever asks first, and never changes.
func TestASlipIsPrintedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	left := w.later()
	ctx := context.Background()
	decided := w.issue(t, request(t, letter.Grant))
	require.Equal(t, 1, decided.Pages, "what is decided is printed with the decision")
	require.Empty(t, *left)

	l := w.issue(t, request(t, letter.Slip))
	require.Equal(t, []string{l.ID}, *left)
	require.Zero(t, l.Pages)
	list, err := w.OfCase(ctx, w.DB, "case-1")
	require.NoError(t, err)
	require.Len(t, list, 2)

	w.proves(t, true)

	files := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range files {
		wg.Go(func() {
			one := l
			files[i], _ = w.File(ctx, w.DB, &one)
		})
	}
	wg.Wait()
	require.NoError(t, w.PrintLater(ctx, l.ID), "the job comes last")
	fontless(t, w.PrintLater(ctx, l.ID))
	l, err = w.Get(ctx, w.DB, l.ID)
	require.NoError(t, err)
	require.Equal(t, 1, l.Pages)
	for _, f := range files {
		require.NotEmpty(t, f)
		require.Equal(t, files[0], f, "of four who made it one file stands")
	}
	require.NoError(t, sm.Verify(w.Keys.Cloud().Public(), files[0], l.Signature))
	require.Contains(t, text(t, files[0]), "张建国")
	got, err := w.Verify(ctx, code(t, files[0]))
	require.NoError(t, err)
	require.Equal(t, letter.Genuine, got.Verdict)

	w.proves(t, true)
	for name, edit := range map[string]string{
		"digest": `UPDATE licensing_letter_late SET digest = '\x00' WHERE letter = $1`,
		"lost":   `UPDATE licensing_letter_late SET lost = '张' WHERE letter = $1`,
		"mac":    `UPDATE licensing_letter_late SET mac = '\x00' WHERE letter = $1`,
	} {
		tx, err := w.DB.Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, edit, l.ID)
		require.NoError(t, err)
		_, err = w.Get(ctx, tx, l.ID)
		examtest.RequireFault(t, err, "licensing.letter.tampered")
		require.NoError(t, tx.Rollback(ctx), name)
	}
	w.InTx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE licensing_letter_file SET pdf = set_byte(pdf, 900, 255 - get_byte(pdf, 900)) WHERE letter = $1`, l.ID)
		return err
	})
	_, err = w.File(ctx, w.DB, &l)
	examtest.RequireFault(t, err, "licensing.letter.tampered")
	w.proves(t, false)
}

// proves walks every letter and its file, as fsck does.
func (w *world) proves(t *testing.T, sound bool) {
	t.Helper()
	tables, err := w.Prove(context.Background(), w.DB)
	require.NoError(t, err)
	wrong := 0
	for _, table := range tables {
		require.Equal(t, 2, table.Rows)
		wrong += table.Wrong
	}
	require.Equal(t, sound, wrong == 0)
}

// TestASlipIsThereForWhoOpensIt: the console makes the paper when it shows it.
func TestASlipIsThereForWhoOpensIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.later()
	l := w.issue(t, request(t, letter.Slip))
	path := "/api/v1/licensing/letters/" + l.ID
	var pdf []byte
	status := w.get(t, "office", path+"/file", &pdf)
	if status != http.StatusOK {
		fontless(t, w.PrintLater(context.Background(), l.ID))
	}
	require.Equal(t, http.StatusOK, status)
	var shown letter.Shown
	require.Equal(t, http.StatusOK, w.get(t, "reader", path, &shown))
	require.Equal(t, 1, shown.Pages)
	require.NotEmpty(t, shown.Signature)
}

// TestASlipStandsAndFallsWithItsJob: without the job there is no slip, and no
// submission.
func TestASlipStandsAndFallsWithItsJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := errors.New("full")
	w.Later = func(context.Context, pgx.Tx, string) error { return full }
	err := w.DB.InTx(context.Background(), func(tx pgx.Tx) error {
		_, err := w.Issue(context.Background(), tx, request(t, letter.Slip))
		return err
	})
	require.ErrorIs(t, err, full)
}

// What a slip says was fixed when it was issued: an agency that has been given
// another name or telephone since does not change it.
func TestALateSlipIsPrintedAsItWasIssued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.later()
	l := w.issue(t, request(t, letter.Slip))
	a := letter.DefaultAgency()
	old := a.Name
	a.Name, a.Verify, a.Progress = "更名以后的机关", "https://huyun.example/verify", "https://huyun.example/progress?"
	after, err := letter.New(w.DB, w.Keys, w.Audit, w.Clock, a)
	require.NoError(t, err)
	pdf, err := after.File(context.Background(), w.DB, &l)
	require.NoError(t, err)
	require.NotContains(t, text(t, pdf), "更名以后的机关")
	require.Contains(t, text(t, pdf), old)
}

// So was its wording: the next release may have another template. Where the wording
// was not kept, only the template of its version will do.
func TestALateSlipKeepsItsWording(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.later()
	ctx := context.Background()
	kept, bare, stale := w.issue(t, request(t, letter.Slip)), w.issue(t, request(t, letter.Slip)), w.issue(t, request(t, letter.Slip))
	for _, l := range []*letter.Letter{&bare, &stale} {
		require.NoError(t, w.Forget(ctx, w.DB, l.ID))
		var err error
		*l, err = w.Get(ctx, w.DB, l.ID)
		require.NoError(t, err)
	}
	fontless(t, w.PrintLater(ctx, bare.ID))
	w.Rewrite(letter.Slip, "这是下一版的文字。")
	pdf, err := w.File(ctx, w.DB, &kept)
	require.NoError(t, err)
	require.Contains(t, flat(text(t, pdf)), "本确认单不是受理凭证")
	require.NotContains(t, flat(text(t, pdf)), "下一版")
	require.NotContains(t, flat(text(t, pdf)), "新版")
	require.NoError(t, w.PrintLater(ctx, bare.ID), "it has its file")
	examtest.RequireFault(t, w.PrintLater(ctx, stale.ID), "licensing.letter.version")
	gone, err := w.VoidOne(w.As("office"), stale.ID, "换了模板，无法生成")
	require.NoError(t, err, "what nobody can print can be voided")
	require.Equal(t, letter.Void, gone.State)
}

// TestASlipIsVoidedWithItsPaper: what the answer says of a slip that waited is what
// its file is.
func TestASlipIsVoidedWithItsPaper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.later()
	l := w.issue(t, request(t, letter.Slip))
	got, err := w.VoidOne(w.As("office"), l.ID, "申请人重复提交")
	fontless(t, err)
	require.NoError(t, err)
	require.Equal(t, letter.Void, got.State)
	require.Equal(t, 1, got.Pages)
	l, err = w.Get(context.Background(), w.DB, l.ID)
	require.NoError(t, err)
	sum := sm.Sum(w.pdf(t, l))
	require.Equal(t, hex.EncodeToString(sum[:]), got.Digest)
	require.NotEmpty(t, got.Signature)
	_, err = w.VoidOne(w.As("office"), l.ID, "申请人重复提交")
	examtest.RequireFault(t, err, "licensing.letter.void.twice")
}

// TestALateFileThatIsGoneIsFound: it has been handed out with a digest and a
// signature of its own, and is not made anew behind everybody's back.
func TestALateFileThatIsGoneIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.later()
	l := w.issue(t, request(t, letter.Slip))
	w.pdf(t, l)
	_, err := w.DB.Exec(context.Background(), `DELETE FROM licensing_letter_file WHERE letter = $1`, l.ID)
	require.NoError(t, err)
	tables, err := w.Prove(context.Background(), w.DB)
	require.NoError(t, err)
	require.Equal(t, 1, tables[1].Wrong)
	_, err = w.File(context.Background(), w.DB, &l)
	examtest.RequireFault(t, err, "licensing.letter.tampered")
}
