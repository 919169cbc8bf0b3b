package exam

import (
	"slices"

	"huyun.internal/protocol/fault"
)

// Score marks a paper. TF and single choice score on the one right answer;
// multiple choice on exactly the right set, or half for a proper non-empty
// part of it when the paper says Partial; each sub-question of a case by
// itself. Responses to items the paper does not have are not scored but
// counted in Stray: an honest venue never stores one.
//
// It fails with exam.score.question when the index is not the one the paper
// was made from.
func Score(paper *Paper, index *Index, responses []Response) (Result, error) {
	last := latest(responses)
	res := Result{Items: make([]ItemResult, 0, len(paper.Items))}
	found := 0
	for i := range paper.Items {
		it := &paper.Items[i]
		q, err := index.item(it)
		if err != nil {
			return Result{}, err
		}
		r, ok := last[it.No]
		if ok {
			found++
		}
		ir := ItemResult{No: it.No}
		if len(r.Choice) > 0 {
			res.Answered++
			ir.Got, ir.Right = mark(q, it.Worth, paper.Partial, r.Choice)
		}
		res.Total += ir.Got
		res.Full += it.Worth
		res.Items = append(res.Items, ir)
	}
	res.Stray = len(last) - found
	res.Passed = res.Total >= paper.Pass
	return res, nil
}

func mark(q *Question, worth Points, partial bool, choice []string) (Points, bool) {
	chosen := slices.Compact(slices.Sorted(slices.Values(choice)))
	if slices.Equal(chosen, q.Answer) {
		return worth, true
	}
	if q.Type != Multi || !partial {
		return 0, false
	}
	for _, k := range chosen {
		if !slices.Contains(q.Answer, k) {
			return 0, false
		}
	}
	return worth.half(), false
}

// CheckResponse refuses an answer that could not have been given to this
// paper, before it is stored. Codes: exam.answer.item, exam.answer.choice, and
// exam.score.question when the index does not fit the paper.
func CheckResponse(paper *Paper, index *Index, r Response) error {
	i := slices.IndexFunc(paper.Items, func(it Item) bool { return it.No == r.Item })
	if i < 0 {
		return fault.Invalidf("exam.answer.item", "试卷中没有这道题，请刷新后重新作答")
	}
	q, err := index.item(&paper.Items[i])
	if err != nil {
		return err
	}
	bad := fault.Invalidf("exam.answer.choice", "答案不是本题的选项，请重新选择")
	if q.Type != Multi && len(r.Choice) > 1 {
		return bad
	}
	for j, k := range r.Choice {
		known := q.hasOption(k) || q.Type == TF && (k == "T" || k == "F")
		if !known || j > 0 && r.Choice[j-1] >= k {
			return bad // unknown, twice, or not in order: one answer has one spelling
		}
	}
	return nil
}

// item resolves an item to the question or sub-question it stands for.
func (x *Index) item(it *Item) (*Question, error) {
	q, ok := x.Question(it.Question)
	if !ok || q.Version != it.Version || it.Sub < 0 || it.Sub > len(q.Sub) || (it.Sub > 0) != (q.Type == Case) {
		return nil, fault.Preconditionf("exam.score.question",
			"试卷与考题范围不一致（第 %s 题），请核对考题包版本", it.No)
	}
	if it.Sub > 0 {
		return &q.Sub[it.Sub-1], nil
	}
	return q, nil
}
