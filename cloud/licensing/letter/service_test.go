package letter_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/sm"
)

var errAway = errors.New("the caller's transaction fails")

// TestNumbersHaveNoGap: 64 letters at once in two registers and two years, a
// third of them in transactions that fail after the number was taken.
func TestNumbersHaveNoGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.SetWall(time.Date(2026, 12, 31, 15, 59, 0, 0, time.UTC)) // a minute to midnight in Shanghai
	w.issue(t, request(t, letter.Slip))                              // has none, and takes none
	at := []time.Time{w.Clock.Now(), w.Clock.Now().Add(time.Minute)}
	kept := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			r := request(t, []string{letter.Acceptance, letter.Extension}[i%2])
			r.At, r.Case = at[i/2%2], fmt.Sprintf("case-%d", i)
			var l letter.Letter
			err := w.DB.InTx(context.Background(), func(tx pgx.Tx) (err error) {
				if l, err = w.Issue(context.Background(), tx, r); err == nil && i%3 == 0 {
					err = errAway
				}
				return err
			})
			if i%3 == 0 {
				assert.ErrorIs(t, err, errAway)
				return
			}
			if !assert.NoError(t, err) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			kept[fmt.Sprintf("%s %d", l.Word, l.Year)]++
			assert.Contains(t, l.Number, fmt.Sprintf("〔%d〕第%d号", r.At.In(time.FixedZone("", 8*3600)).Year(), l.Serial))
		})
	}
	all.Wait()
	require.Len(t, kept, 4)
	for _, year := range []int{2026, 2027} {
		got, err := w.Registers(w.As("reader"), year)
		require.NoError(t, err)
		require.Len(t, got.Registers, 2)
		for _, r := range got.Registers {
			require.Equal(t, kept[fmt.Sprintf("%s %d", r.Word, year)], r.Last, "%+v", r)
			require.Equal(t, r.Last, r.Issued)
			require.Empty(t, r.Missing)
			require.Empty(t, r.Beyond)
		}
		require.Equal(t, []int{2027, 2026}, got.Years)
	}
}

// TestTheDatabaseRefusesANumberTwice: whatever the program does.
func TestTheDatabaseRefusesANumberTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue(t, request(t, letter.Acceptance))
	w.InTx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM licensing_letter_register`)
		return err
	})
	err := w.DB.InTx(context.Background(), func(tx pgx.Tx) error {
		_, err := w.Issue(context.Background(), tx, request(t, letter.Acceptance))
		return err
	})
	require.True(t, db.IsUnique(err, "licensing_letter_serial"), "%v", err)
}

func (w *world) InTx(t *testing.T, f func(ctx context.Context, tx pgx.Tx) error) {
	t.Helper()
	require.NoError(t, w.DB.InTx(context.Background(), func(tx pgx.Tx) error { return f(context.Background(), tx) }))
}

func (w *world) get(t *testing.T, who, path string, into any) int {
	t.Helper()
	status, body := w.Do(who, http.MethodGet, path, nil)
	if status == http.StatusOK {
		switch v := into.(type) {
		case *[]byte:
			*v = body
		case *letter.Shown:
			*v = examtest.Decode[letter.Shown](t, body)
		case *db.List[letter.Letter]:
			*v = examtest.Decode[db.List[letter.Letter]](t, body)
		}
	}
	return status
}

// TestAnIssuedLetterStays: the same bytes however often, a signature that anybody
// can check, and no use of a row or file that was edited.
func TestAnIssuedLetterStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.issue(t, request(t, letter.Grant))
	path := "/api/v1/licensing/letters/" + l.ID
	var first, again []byte
	require.Equal(t, http.StatusOK, w.get(t, "office", path+"/file", &first))
	require.Equal(t, http.StatusOK, w.get(t, "office", path+"/file", &again))
	require.Equal(t, first, again)
	require.Equal(t, 2, w.Audited(letter.PermPrint))
	require.Equal(t, http.StatusForbidden, w.get(t, "reader", path+"/file", &again))

	var shown letter.Shown
	require.Equal(t, http.StatusOK, w.get(t, "reader", path, &shown))
	require.Equal(t, "张*国", shown.Applicant)
	require.Contains(t, shown.Note, "不是经认证的电子签章")
	key, err := sm.ParsePublicKey([]byte(shown.Key))
	require.NoError(t, err)
	sig, err := hex.DecodeString(shown.Signature)
	require.NoError(t, err)
	require.NoError(t, sm.Verify(key, first, sig))
	first[len(first)-10] ^= 1
	require.Error(t, sm.Verify(key, first, sig))

	for name, edit := range map[string]string{
		"body":   `UPDATE licensing_letter SET applicant = '李四'`,
		"number": `UPDATE licensing_letter SET number = '沪交从许〔2026〕第2号', serial = 2`,
		"digest": `UPDATE licensing_letter SET digest = '\x00'`,
		"facts":  `UPDATE licensing_letter SET facts = set_byte(facts, 20, 255 - get_byte(facts, 20))`,
	} {
		tx, err := w.DB.Begin(context.Background())
		require.NoError(t, err)
		_, err = tx.Exec(context.Background(), edit)
		require.NoError(t, err)
		_, err = w.Get(context.Background(), tx, l.ID)
		examtest.RequireFault(t, err, "licensing.letter.tampered")
		require.NoError(t, tx.Rollback(context.Background()), name)
	}
	w.InTx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE licensing_letter_file SET pdf = set_byte(pdf, 900, 255 - get_byte(pdf, 900))`)
		return err
	})
	status, body := w.Do("office", http.MethodGet, path+"/file", nil)
	require.Equal(t, http.StatusInternalServerError, status)
	require.Equal(t, "licensing.letter.tampered", examtest.Code(t, body))
}

var codeHalf = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)

// code is the code as it stands on a paper.
func code(t *testing.T, pdf []byte) string {
	t.Helper()
	halves := codeHalf.FindAllString(text(t, pdf), -1)
	require.Len(t, halves, 2)
	return halves[0] + "-" + halves[1]
}

// TestVerification: genuine, void, unknown; only what is on the paper, whatever
// the case of the letters; and not often.
func TestVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.issue(t, request(t, letter.Denial))
	other := w.issue(t, request(t, letter.Grant))
	ask := func(code string) letter.Answer {
		status, body := w.Do("", http.MethodPost, "/api/v1/letters/verify", map[string]string{"code": code})
		require.Equal(t, http.StatusOK, status, string(body))
		require.NotContains(t, string(body), "310***")
		require.NotContains(t, string(body), "建")
		return examtest.Decode[letter.Answer](t, body)
	}
	mine := code(t, w.pdf(t, l))
	got := ask(mine)
	require.Equal(t, letter.Answer{
		Verdict: letter.Genuine, Number: l.Number, KindName: "不予行政许可决定书", Date: "2026-11-23", Applicant: "张*国", Agency: "上海市交通委员会", Demo: true,
	}, got)
	require.Equal(t, got, ask(strings.ToLower(strings.ReplaceAll(mine, "-", " "))))
	require.Equal(t, other.Number, ask(code(t, w.pdf(t, other))).Number)
	for _, wrong := range []string{"AAAA-AAAA-AAAA-AAAA", l.ID, l.Number, "%", mine + "0"} {
		require.Equal(t, letter.Answer{Verdict: letter.Unknown}, ask(wrong))
	}

	void := func(who, id, why string) (int, string) {
		status, body := w.Do(who, http.MethodPost, "/api/v1/licensing/letters/"+id+"/void", map[string]string{"reason": why})
		if status == http.StatusOK {
			return status, ""
		}
		return status, examtest.Code(t, body)
	}
	status, _ := void("reader", l.ID, "文号对应的办件有误")
	require.Equal(t, http.StatusForbidden, status)
	status, _ = void("office", l.ID, "错")
	require.Equal(t, http.StatusBadRequest, status)
	status, _ = void("office", l.ID, "文号对应的办件有误")
	require.Equal(t, http.StatusOK, status)
	_, why := void("office", l.ID, "文号对应的办件有误")
	require.Equal(t, "licensing.letter.void.twice", why)
	require.Equal(t, 1, w.Audited(letter.PermVoid))
	require.Equal(t, letter.Voided, ask(mine).Verdict)

	next := w.issue(t, request(t, letter.Denial))
	require.Equal(t, l.Serial+1, next.Serial, "a void number is not used again")
	regs, err := w.Registers(w.As("reader"), 2026)
	require.NoError(t, err)
	require.Len(t, regs.Voided, 1)
	require.Equal(t, []string{l.Number, "文号对应的办件有误", "office"}, []string{regs.Voided[0].Number, regs.Voided[0].VoidWhy, regs.Voided[0].VoidedBy})
	var found db.List[letter.Letter]
	require.Equal(t, http.StatusOK, w.get(t, "reader", "/api/v1/licensing/letters?state=VOID&kind=D06&year=2026&trade=road&q=751126", &found))
	require.Len(t, found.Items, 1)
	require.Equal(t, "张*国", found.Items[0].Applicant)
	w.InTx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE licensing_letter_void SET why = '申请人要求'`)
		return err
	})
	_, err = w.Get(context.Background(), w.DB, l.ID)
	examtest.RequireFault(t, err, "licensing.letter.tampered")

	for range 20 {
		status, _ = w.Do("", http.MethodPost, "/api/v1/letters/verify", map[string]string{"code": "AAAA"})
	}
	require.Equal(t, http.StatusTooManyRequests, status)
}

// TestAMissingLetterIsSeen: the register says which number has none.
func TestAMissingLetterIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.issue(t, request(t, letter.Acceptance))
	}
	w.InTx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM licensing_letter_file WHERE letter = (SELECT id FROM licensing_letter WHERE serial = 2)`)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM licensing_letter WHERE serial = 2`)
		}
		return err
	})
	got, err := w.Registers(w.As("reader"), 0)
	require.NoError(t, err)
	require.Equal(t, []int{2}, got.Registers[0].Missing)
	require.Equal(t, "受理通知书", got.Registers[0].Kinds)
}
