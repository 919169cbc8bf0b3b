package seed

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// laws are what a question may cite, with the number of the last article where
// questions name articles (0: they name none). A slip in a name, or an article
// that there is not, is found here; whether it fits, only a reader finds.
func laws() map[string]int {
	return map[string]int{
		"中华人民共和国道路交通安全法": 124, "中华人民共和国道路交通安全法实施条例": 115, "中华人民共和国安全生产法": 119,
		"中华人民共和国刑法": 452, "中华人民共和国民法典": 1260, "网络预约出租汽车经营服务管理暂行办法": 42, "中华人民共和国食品安全法": 154,
		"危险货物道路运输安全管理办法": 0, "巡游出租汽车经营服务管理规定": 0, "出租汽车驾驶员从业资格管理规定": 0, "道路运输从业人员管理规定": 0,
		"城市公共汽车和电车客运管理规定": 0, "道路危险货物运输管理规定": 0, "中华人民共和国道路运输条例": 0, "上海市出租汽车管理条例": 0,
		"上海市道路交通管理条例": 0, "上海市网络预约出租汽车经营服务管理若干规定": 0, "道路运输车辆动态监督管理办法": 0,
		"道路货物运输及站场管理规定": 0, "中华人民共和国反恐怖主义法": 0, "城市公共交通条例": 0, "中华人民共和国无障碍环境建设法": 0,
		"上海市查处车辆非法客运若干规定": 0, "上海市公共场所控制吸烟条例": 0, "道路交通安全违法行为记分管理办法": 0,
		"超限运输车辆行驶公路管理规定": 0, "公路安全保护条例": 0, "中华人民共和国残疾人保障法": 0, "中华人民共和国个人信息保护法": 0,
		// standards
		"危险货物道路运输规则": 0, "城市公共汽电车驾驶员操作规范": 0, "城市公共汽电车客运服务规范": 0, "出租汽车运营服务规范": 0,
		"网络预约出租汽车运营服务规范": 0, "机动车运行安全技术条件": 0, "包装储运图示标志": 0, "道路运输危险货物车辆标志": 0,
		"汽车维护、检测、诊断技术规范": 0, "危险货物运输车辆结构要求": 0,
		// syllabuses: what every driver must know and no law says
		"出租汽车驾驶员从业资格全国公共科目考试大纲": 0, "上海市出租汽车驾驶员从业资格区域科目考试大纲": 0, "道路运输从业人员从业资格考试大纲": 0,
		"道路货物运输驾驶员从业资格考试大纲": 0, "道路危险货物运输从业人员从业资格考试大纲": 0,
	}
}

var (
	reference = regexp.MustCompile(`^《([^》]+)》(（(?:GB|GB/T|JT/T) \d+）|第[^第至]+条(?:之[一二])?(?:至第[^第至]+条)?)?$`)
	article   = regexp.MustCompile(`第([一二三四五六七八九十百千零]+)条`)
)

func TestEveryReferenceIsToALawThatThereIs(t *testing.T) {
	t.Parallel()
	known := laws()
	for _, q := range questions(t) {
		m := reference.FindStringSubmatch(q.LawRef)
		require.NotNil(t, m, "%s: %s", q.ID, q.LawRef)
		last, ok := known[m[1]]
		require.True(t, ok, "%s cites %s, which is not on the list", q.ID, m[1])
		for _, a := range article.FindAllStringSubmatch(m[2], -1) {
			n := arabic(t, a[1])
			require.Positive(t, n, q.ID)
			require.LessOrEqual(t, n, last, "%s: %s has no article %d", q.ID, m[1], n)
		}
	}
}

// TestFirstAidCitesTheSyllabus: a duty to be trained says nothing of how to stop
// a bleeding, and where a museum stands is in no regulation.
func TestFirstAidCitesTheSyllabus(t *testing.T) {
	t.Parallel()
	for _, q := range questions(t) {
		switch q.Chapter {
		case "应急救护", "人文地理", "交通路线":
			require.Contains(t, q.LawRef, "考试大纲", q.ID)
		}
	}
}

// arabic reads a number as articles are numbered, up to 9999.
func arabic(t *testing.T, s string) int {
	t.Helper()
	n, digit := 0, 0
	for _, r := range s {
		if i := strings.IndexRune("零一二三四五六七八九", r); i >= 0 {
			digit = i / len("零")
			continue
		}
		unit := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
		n += max(digit, 1) * unit
		digit = 0
	}
	return n + digit
}

func TestArticleNumbersAreRead(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"三": 3, "十二": 12, "四十八": 48, "一百零一": 101, "一百三十三": 133, "八百一十三": 813, "一千二百六十": 1260} {
		require.Equal(t, strconv.Itoa(want), strconv.Itoa(arabic(t, s)), s)
	}
}
