package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

func TestEveryKindHasNameAndStatus(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{
		fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.Precondition: 412, fault.TooLarge: 413, fault.TooMany: 429,
		fault.Unavailable: 503, fault.Internal: 500, fault.Method: 405, fault.Slow: 408, fault.Abandoned: 499,
	}
	require.Len(t, want, int(fault.Abandoned))
	for k, status := range want {
		require.Equal(t, status, k.HTTP(), k)
		back, ok := fault.ParseKind(k.String())
		require.True(t, ok)
		require.Equal(t, k, back)
	}
	_, ok := fault.ParseKind("nothing")
	require.False(t, ok)
	require.Equal(t, 500, fault.Kind(0).HTTP())
	require.Equal(t, 500, fault.Kind(200).HTTP())
	require.Equal(t, "kind(200)", fault.Kind(200).String())
	require.True(t, fault.Unavailable.Temporary())
	require.False(t, fault.Conflict.Temporary())
	require.True(t, fault.Internal.Ours())
	require.False(t, fault.Slow.Ours() || fault.Abandoned.Ours(), "what a client does is no alarm for operators")
}

func TestWithIsACopyAndUnwraps(t *testing.T) {
	t.Parallel()
	base := fault.New(fault.Conflict, "exam.venue.approve.state", "该申请已处理，请刷新后查看")
	with := base.With(io.ErrUnexpectedEOF)
	require.Nil(t, base.Unwrap())
	require.ErrorIs(t, with, io.ErrUnexpectedEOF)
	require.ErrorIs(t, with, base)
	require.Equal(t, base.Text, with.Text)
	require.Contains(t, with.Error(), "unexpected EOF")
	require.NotContains(t, base.Error(), "unexpected EOF")
	require.ErrorContains(t, base.Withf("row %d", 3), "row 3")
}

func TestFromFindsTheOutermostFault(t *testing.T) {
	t.Parallel()
	inner := fault.NotFoundf("exam.sitting.missing", "场次不存在")
	outer := fault.Unavailablef("uplink.down", "网络中断，请稍后重试").With(inner)
	err := fmt.Errorf("loading: %w", outer)

	require.Equal(t, "uplink.down", fault.From(err).Code)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.True(t, fault.Is(err, "uplink.down"))
	require.True(t, fault.Is(err, "exam.sitting.missing"))
	require.False(t, fault.Is(err, "exam.sitting"))
	require.Equal(t, 503, fault.From(err).HTTP())
}

func TestAnythingElseIsInternalAndSaysNothing(t *testing.T) {
	t.Parallel()
	secret := errors.New("pq: password of 310101199001010014")
	f := fault.From(secret)
	require.Equal(t, fault.Internal, f.Kind)
	require.Equal(t, fault.InternalCode, f.Code)
	require.NotContains(t, f.Text, "310101")
	require.ErrorIs(t, f, secret)

	require.Nil(t, fault.From(nil))
	require.Zero(t, fault.KindOf(nil))
	require.False(t, fault.Is(nil, "internal"))
}

func TestTextsWithAPercentSignSurvive(t *testing.T) {
	t.Parallel()
	const text = "容量已用 95%，请清理磁盘"
	require.Equal(t, text, fault.New(fault.Precondition, "disk.full", text).Text)
	require.Equal(t, "还差 3 道题", fault.Invalidf("exam.bank.short", "还差 %d 道题", 3).Text)
}

func TestConstructorsSetTheirKind(t *testing.T) {
	t.Parallel()
	for kind, make := range map[fault.Kind]func(string, string, ...any) *fault.Error{
		fault.Invalid: fault.Invalidf, fault.Unauthenticated: fault.Unauthenticatedf,
		fault.Forbidden: fault.Forbiddenf, fault.NotFound: fault.NotFoundf, fault.Conflict: fault.Conflictf,
		fault.Precondition: fault.Preconditionf, fault.TooLarge: fault.TooLargef, fault.TooMany: fault.TooManyf,
		fault.Unavailable: fault.Unavailablef, fault.Internal: fault.Internalf,
	} {
		require.Equal(t, kind, make("a.b", "文").Kind)
	}
}

func FuzzParseKind(f *testing.F) {
	f.Add("conflict")
	f.Add("kind(0)")
	f.Fuzz(func(t *testing.T, name string) {
		if k, ok := fault.ParseKind(name); ok {
			require.Equal(t, name, k.String())
		} else {
			require.Zero(t, k)
		}
	})
}
