package exam

import "fmt"

// Check says what an index lacks for a rule, at once and without drawing: hard
// shortages first, which make a paper impossible, then the soft ones, which
// will be relaxed and recorded. None means that every paper meets the rule
// exactly. Call it with a valid rule.
//
// Sections of one type are filled one after the other; a wish that only fails
// because an earlier section happens to take the questions is recorded in the
// papers it happens in, but not foreseen here.
func Check(rule Rule, index *Index) []Shortage {
	var hard, soft []Shortage
	spoken := make(map[poolKey]int) // questions that sections before will take
	for i := range rule.Sections {
		s := &rule.Sections[i]
		k := rule.pool(i)
		g := newGrid(index.pools[k], s, nil)
		have := g.have()
		if have < spoken[k]+s.Count {
			hard = append(hard, s.tooFew(i, spoken[k], have))
		}
		spoken[k] += s.Count
		soft = append(soft, g.shortages(i, have < s.Count)...)
	}
	return append(hard, soft...)
}

func (s *Section) tooFew(i, before, have int) Shortage {
	name := TypeName(s.Type)
	if s.Type == Case {
		name = fmt.Sprintf("%s（每题 %d 小题）", name, s.Subs)
	}
	text := fmt.Sprintf("第 %d 大题需要 %d 道%s，题库只有 %d 道，还缺 %d 道。请补充该类别、科目的试题或减少题数",
		i+1, s.Count, name, have, s.Count-have)
	if before > 0 {
		text = fmt.Sprintf("第 %d 大题与前面同题型的大题共需 %d 道%s，题库只有 %d 道，还缺 %d 道。请补充试题或减少题数",
			i+1, before+s.Count, name, have, before+s.Count-have)
	}
	return Shortage{Section: i, Hard: true, Kind: "count", Need: before + s.Count, Have: have, Text: text}
}

// shortages compares what the grid can give at best with what is wished. With
// short, the section cannot be filled at all, and only what the bank itself
// lacks is named.
func (g *grid) shortages(section int, short bool) []Shortage {
	f := g.share()
	var out []Shortage
	add := func(kind, chapter string, level, need, have int, text string, args ...any) {
		out = append(out, Shortage{
			Section: section, Kind: kind, Chapter: chapter, Level: level, Need: need, Have: have,
			Text: fmt.Sprintf("第 %d 大题：", section+1) + fmt.Sprintf(text, args...),
		})
	}
	for r, q := range g.rows {
		bank, got := 0, int(f.row[r]/unit)
		for d := range g.cols {
			bank += g.cell(r, d).size
		}
		switch {
		case bank < q.Min:
			add("chapter", q.Chapter, 0, q.Min, bank,
				"章节「%s」至少要 %d 题，题库只有 %d 题。请补充该章节试题或调低下限", q.Chapter, q.Min, bank)
		case !short && got < q.Min:
			add("chapter", q.Chapter, 0, q.Min, got,
				"章节「%s」至少要 %d 题，但与难度比例冲突，最多出 %d 题。请补充该章节所缺难度的试题或调整比例", q.Chapter, q.Min, got)
		case !short && f.row[r] > int64(q.Max)*unit:
			over := int((f.row[r] + unit - 1) / unit)
			add("chapter", q.Chapter, 0, over, q.Max,
				"章节「%s」上限 %d 题，但其余章节试题不足，须出 %d 题。请补充其余章节试题或调高上限", q.Chapter, q.Max, over)
		}
	}
	for d, c := range g.cols {
		if len(c.levels) == levels {
			continue // no difficulty asked for
		}
		bank, got := 0, int(f.col[d]/unit)
		for r := range g.rows {
			bank += g.cell(r, d).size
		}
		switch {
		case bank < c.want:
			add("difficulty", "", c.levels[0], c.want, bank,
				"难度 %s 级需要 %d 题，题库只有 %d 题。请补充该难度试题或调整难度比例", c, c.want, bank)
		case !short && got < c.want:
			add("difficulty", "", c.levels[0], c.want, got,
				"难度 %s 级需要 %d 题，但与章节要求冲突，最多出 %d 题。请调整章节或难度要求", c, c.want, got)
		}
	}
	return out
}

func recentRelaxation(section, back int) Relaxation {
	return Relaxation{section, "recent", fmt.Sprintf("可用新题不足，重复使用近期做过的试题 %d 道", back)}
}
