package sitting_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/protocol/wire"
)

// What a plan asks about Safe Exam Browser goes to the venue with the assignment.
func TestTheVenueIsToldAboutSEB(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.SEB = wire.SEBRequire
	in := s.Assigned(t, 1)
	require.Equal(t, wire.SEBRequire, in.SEB)
	told := examtest.Orders[wire.SittingAssigned](t, s.Device, wire.OrderSittingAssigned)
	require.Equal(t, wire.SEBRequire, told[len(told)-1].SEB)
}
