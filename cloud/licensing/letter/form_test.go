package letter_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/letter"
)

// filled are values for every field of a form.
func filled(f letter.FormInfo) map[string]string {
	out := map[string]string{}
	for _, d := range f.Fields {
		out[d.Name] = "填写的" + d.Label
		if len(d.Choices) > 0 {
			out[d.Name] = d.Choices[len(d.Choices)-1]
		}
	}
	out["id_no"], out["mobile"] = "11010519491231002X", "13800000000"
	return out
}

// TestFormsAreFilledIn: every form, with its photograph, blank, and one page each.
func TestFormsAreFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Len(t, w.Forms(), 7)
	for _, f := range w.Forms() {
		body := map[string]any{"values": filled(f)}
		if f.Photo {
			body["photo"] = examtest.Portrait(t, 1)
		}
		status, pdf := w.Do("office", http.MethodPost, "/api/v1/licensing/forms/"+f.Code, body)
		if status == http.StatusServiceUnavailable && testing.Short() {
			t.Skip("the quick checks build no pages and have no font; make test has it")
		}
		require.Equal(t, http.StatusOK, status, string(pdf))
		keep(t, f.Code, pdf)
		got := flat(text(t, pdf))
		require.Contains(t, got, flat(f.Title))
		require.Contains(t, got, "11010519491231002X")
		for name, v := range body["values"].(map[string]string) {
			require.Contains(t, got, flat(v), f.Code+" "+name)
		}
		require.NotContains(t, got, "〓")
		status, blank := w.Do("office", http.MethodPost, "/api/v1/licensing/forms/"+f.Code, map[string]any{"values": map[string]string{}, "blank": true})
		require.Equal(t, http.StatusOK, status, string(blank))
		keep(t, f.Code+"-blank", blank)
		require.Equal(t, 1, countPages(pdf), f.Code)
		require.Equal(t, 1, countPages(blank), f.Code)
	}
	require.Equal(t, 14, w.Audited(letter.PermForm))
}

func TestFormRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for code, body := range map[string]map[string]any{
		"licensing.form.field": {"values": map[string]string{}},
		"licensing.form.value": {"values": map[string]string{"name": "张三", "unknown": "1"}},
		"licensing.form.photo": {"values": filled(w.Forms()[0]), "photo": []byte("no picture")},
	} {
		status, got := w.Do("office", http.MethodPost, "/api/v1/licensing/forms/M01", body)
		require.Equal(t, http.StatusBadRequest, status)
		require.Equal(t, code, examtest.Code(t, got))
	}
	v := filled(w.Forms()[0])
	v["kind"] = "吊销"
	_, err := w.Form("M01", v, nil, false)
	examtest.RequireFault(t, err, "licensing.form.value")
	_, err = w.Form("M99", v, nil, false)
	examtest.RequireFault(t, err, "licensing.form.code")
	status, _ := w.Do("reader", http.MethodGet, "/api/v1/licensing/forms", nil)
	require.Equal(t, http.StatusForbidden, status)
}
