package seed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Candidate is an invented person. The ID number is well formed, with a Shanghai
// district, a date of birth and a check digit, but was made by a random source:
// if somebody bears it, that is chance.
type Candidate struct {
	Name     string
	Male     bool
	ID       string // all 18 characters
	Mobile   string // 1990xxxxxxx, counted up: no number of anybody we know of
	Category string
	Photo    []byte // JPEG, set by Portraits; may be empty
}

// Categories the candidates are of, in turn, more of those that sit more often.
var candidateCategories = []string{"09002", "09003", "09002", "02001", "09003", "03001", "13001", "03003"}

// Candidates invents n people; the same seed invents the same ones. They are of
// an age at which every category may be sat for decades to come.
func Candidates(n int, seed uint64) []Candidate {
	r := rand.New(rand.NewPCG(seed, 0x6875_7975_6e))
	out, taken := make([]Candidate, 0, n), map[string]bool{}
	for len(out) < n {
		male := r.IntN(10) < 8
		id := idNumber(r, male)
		if taken[id] {
			continue
		}
		taken[id] = true
		out = append(out, Candidate{
			Name: name(r, male), Male: male, ID: id,
			Mobile:   fmt.Sprintf("1990%07d", len(out)+1),
			Category: candidateCategories[len(out)%len(candidateCategories)],
		})
	}
	return out
}

// Men are n of the candidates of a seed who are men: the faces that we may show
// are men's.
func Men(n int, seed uint64) []Candidate {
	var out []Candidate
	for more := 2 * n; len(out) < n; more *= 2 {
		out = slices.DeleteFunc(Candidates(more, seed), func(c Candidate) bool { return !c.Male })
	}
	return out[:n]
}

// Districts of Shanghai by GB/T 2260, those in use.
var districts = []string{
	"310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112",
	"310113", "310114", "310115", "310116", "310117", "310118", "310120",
}

func idNumber(r *rand.Rand, male bool) string {
	first := time.Date(1978, 1, 1, 0, 0, 0, 0, time.UTC)
	birth := first.AddDate(0, 0, r.IntN(23*365)) // 1978 to 2000
	order := r.IntN(499)*2 + 2                   // even for women, odd for men
	if male {
		order++
	}
	digits := fmt.Sprintf("%s%s%03d", districts[r.IntN(len(districts))], birth.Format("20060102"), order)
	sum := 0
	for _, d := range digits { // GB 11643: ISO 7064 MOD 11-2
		sum = (sum + int(d-'0')) * 2 % 11
	}
	return digits + "10X98765432"[sum:sum+1]
}

var (
	surnames = []rune("王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯陆顾沈姚俞钱蔡潘戴陶严倪金诸瞿")
	doubles  = []string{"欧阳", "上官", "司徒", "诸葛"}
	first    = []rune("建国志明永德海文晓家振卫立正兴学宏庆少世光春新子宇俊浩")
	manly    = []rune("强军伟勇峰龙杰涛斌刚平华鹏辉林波超磊健民荣良根福生")
	womanly  = []rune("芳敏静丽娟燕玲萍红霞梅琴洁莉英珍兰凤雯佳怡倩颖蕾")
)

func name(r *rand.Rand, male bool) string {
	pick := func(from []rune) string { return string(from[r.IntN(len(from))]) }
	family := pick(surnames)
	if r.IntN(60) == 0 {
		family = doubles[r.IntN(len(doubles))]
	}
	last := manly
	if !male {
		last = womanly
	}
	if r.IntN(5) == 0 {
		return family + pick(last)
	}
	return family + pick(first) + pick(last)
}
