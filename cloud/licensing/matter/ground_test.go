package matter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func articles(list []Ground) []string {
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = g.Article
	}
	return out
}

// What a refusal quotes is a rule about who may have it, and the one that is not met.
func TestGrounds(t *testing.T) {
	t.Parallel()
	rt01 := defined(t, "RT01").Grounds([]string{"02001"}, []string{"E05", "E14", "E17"})
	require.Equal(t, []string{
		"《中华人民共和国道路运输条例》第九条", "《中华人民共和国道路运输条例》第二十二条", "《道路运输从业人员管理规定》第九条、第十条",
		"《道路运输从业人员管理规定》第三十一条", "《中华人民共和国行政许可法》第七十八条、第七十九条",
	}, articles(rt01))
	require.Equal(t, []string{"E05"}, rt01[0].Checks)
	require.Equal(t, []string{"E14"}, rt01[3].Checks)
	require.NotContains(t, articles(defined(t, "TX01").Grounds([]string{"09002"}, []string{"E14"})), "《道路运输从业人员管理规定》第三十一条", "not a taxi driver's rule")
	taken := func(code, category string) []string {
		return articles(defined(t, code).Grounds([]string{category}, []string{"E16", "E17"}))
	}
	require.Equal(t, []string{
		"《出租汽车驾驶员从业资格管理规定》第十条", "《中华人民共和国行政许可法》第七十条", "《上海市出租汽车管理条例》第十一条",
		"《中华人民共和国行政许可法》第七十八条、第七十九条",
	}, taken("EX01", "09002"))
	require.Contains(t, taken("EX02", "09003"), "《上海市网络预约出租汽车经营服务管理若干规定》第九条")
	require.Equal(t, []string{
		"《道路运输从业人员管理规定》第十三条至第十七条", "《中华人民共和国行政许可法》第七十条", "《中华人民共和国行政许可法》第七十八条、第七十九条",
	}, taken("EX01", "02001"))
	require.Equal(t, "《上海市公共汽车和电车客运管理条例》有关从业人员管理的条款", defined(t, "BU02").Main(nil))
	require.Contains(t, articles(defined(t, "RT07").Grounds(nil, nil)), "《中华人民共和国行政许可法》第七十条")
	list, err := read(Files())
	require.NoError(t, err)
	for _, f := range list {
		for _, c := range f.Categories {
			list := f.Grounds([]string{c}, nil)
			require.NotEmpty(t, list, "%s can be denied", f.Code)
			for _, l := range f.Basis {
				if !l.governs([]string{c}) {
					require.NotContains(t, articles(list), l.Quote(), "%s for %s: another trade's", f.Code, c)
				}
			}
		}
		require.NotContains(t, articles(f.Grounds(nil, nil)), "《中华人民共和国行政许可法》第四十二条、第四十四条", f.Code)
	}
}

// A rule that a check names and no matter has is a slip of the pen.
func TestCheckLawsAreOfSomeMatter(t *testing.T) {
	t.Parallel()
	list, err := read(Files())
	require.NoError(t, err)
	known := map[string]bool{}
	for _, f := range list {
		for _, l := range f.Basis {
			known[l.Quote()] = true
		}
	}
	for code, laws := range checkLaws {
		for _, l := range laws {
			require.True(t, known[l.Quote()] || l.Says != "", "%s: %s", code, l.Quote())
		}
	}
}
