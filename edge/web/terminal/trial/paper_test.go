package trial

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"time"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/sm"
)

func candidateID(i int) string { return fmt.Sprintf("cand-%03d", i) }

// content is a small sitting with every kind of question.
func content() pack.Content {
	c := pack.Content{
		Sitting: sitting, Venue: venueID, Version: 1, Made: time.Now(),
		Rule: exam.Rule{
			ID: "rule-1", Version: 1, Name: "巡游出租汽车驾驶员区域科目", Category: "09002", Subject: "区域科目", Minutes: 60, Pass: 60,
			Shuffle: true, ShuffleOpts: true, ShowScore: true,
			Sections: []exam.Section{
				{Type: exam.TF, Count: 10, Each: 10}, {Type: exam.Single, Count: 20, Each: 10},
				{Type: exam.Multi, Count: 6, Each: 20}, {Type: exam.Case, Count: 2, Each: 20, Subs: 3},
			},
		},
	}
	sign := picture("image/png")
	c.Media = []pack.Picture{sign}
	c.Range = exam.Range{ID: "range-1", Questions: questions(sign.Digest)}
	for i, name := range []string{"张伟", "李秀英", "王芳"} {
		photo := portrait(i)
		c.Photos = append(c.Photos, photo)
		c.Candidates = append(c.Candidates, pack.Candidate{
			ID: candidateID(i), AdmissionNo: fmt.Sprintf("20261123%04d", i+1), Name: name,
			IDNumber: fmt.Sprintf("31010119900101%04d", 14+i), Category: "09002", Seat: fmt.Sprintf("A%02d", i+1),
			Photo: photo.Digest, Consent: true,
		})
	}
	return c
}

func questions(sign string) []exam.Question {
	var out []exam.Question
	add := func(q exam.Question) {
		q.ID, q.Version, q.Industry, q.Categories, q.Subject = fmt.Sprintf("q-%03d", len(out)), 1, "taxi", []string{"09002"}, "区域科目"
		q.Chapter, q.Difficulty, q.LawRef = "一", 1+len(out)%5, "《上海市出租汽车管理条例》第二十一条"
		out = append(out, q)
	}
	four := []exam.Option{
		{Key: "A", Text: "立即靠边停车，开启危险报警闪光灯"}, {Key: "B", Text: "选择合理路线或者乘客要求的路线行驶，不得绕道"},
		{Key: "C", Text: "按照计价器显示的金额收费，并主动出具专用发票"}, {Key: "D", Text: "向乘客说明情况后继续营运"},
	}
	for i := range 12 {
		add(exam.Question{Type: exam.TF, Stem: fmt.Sprintf("出租汽车驾驶员在营运途中无正当理由不得中断服务，也不得将乘客移交他人运送。（%d）", i+1), Answer: []string{"T"}})
	}
	for i := range 24 {
		q := exam.Question{Type: exam.Single, Stem: fmt.Sprintf("驾驶员载客营运时，关于行驶路线与收费，下列做法正确的是（　）。（%d）", i+1), Options: four, Answer: []string{"B"}}
		if i%2 == 0 {
			q.Media = []exam.Media{{Digest: sign, Type: "image/png", Alt: "路口标志示意图"}}
		}
		add(q)
	}
	for i := range 8 {
		add(exam.Question{Type: exam.Multi, Stem: fmt.Sprintf("出租汽车驾驶员应当遵守的服务规范有（　）。（%d）", i+1), Options: four, Answer: []string{"B", "C"}})
	}
	for i := range 3 {
		sub := []exam.Question{
			{Type: exam.TF, Stem: "本案中驾驶员可以拒绝乘客的合理路线要求。", Answer: []string{"F"}},
			{Type: exam.Single, Stem: "对本案中驾驶员的行为，处理正确的是（　）。", Options: four, Answer: []string{"C"}},
			{Type: exam.Multi, Stem: "本案中驾驶员违反的规定有（　）。", Options: four, Answer: []string{"B", "C"}},
		}
		add(exam.Question{
			Type: exam.Case, Sub: sub, Media: []exam.Media{{Digest: sign, Type: "image/png", Alt: "事发路口示意图"}},
			Stem: fmt.Sprintf("【案例 %d】2026 年 5 月某日晚，驾驶员王某驾驶出租汽车在虹桥枢纽候客点载客。乘客上车后要求经延安高架前往外滩，王某以高架拥堵为由，"+
				"未经乘客同意改走地面道路，途中又以“交接班”为由要求乘客换乘另一辆车。到达后计价器显示 86 元，王某要求乘客另付 20 元“枢纽排队费”，"+
				"并拒绝出具发票。乘客遂向交通执法部门投诉。\n执法人员经调查核实：该车计价器检定合格，途中未发生故障；当日延安高架通行正常；"+
				"王某从业资格证在有效期内，当年已有一次因服务质量被记分的记录。", i+1),
		})
	}
	return out
}

// picture draws a road sign.
func picture(typ string) pack.Picture {
	img := image.NewRGBA(image.Rect(0, 0, 640, 400))
	for y := range 400 {
		for x := range 640 {
			dx, dy := float64(x-320), float64(y-200)
			c := color.RGBA{0xd8, 0xe6, 0xd2, 0xff}
			switch r := dx*dx + dy*dy; {
			case (y > 170 && y < 230 || x > 290 && x < 350) && r > 150*150:
				c = color.RGBA{0x8a, 0x90, 0x99, 0xff}
			case r < 150*150 && r > 118*118:
				c = color.RGBA{0xc8, 0x20, 0x20, 0xff}
			case r <= 118*118 && dy > -22 && dy < 22 && dx > -90 && dx < 90:
				c = color.RGBA{0xc8, 0x20, 0x20, 0xff}
			case r <= 118*118:
				c = color.RGBA{0xff, 0xff, 0xff, 0xff}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // into memory
	}
	return pack.Picture{Digest: sm.Sum(out.Bytes()).String(), Type: typ, Bytes: out.Bytes()}
}

// portrait stands for a photograph; the engine of the trial looks at none.
func portrait(i int) pack.Picture {
	img := image.NewRGBA(image.Rect(0, 0, 240, 320))
	for y := range 320 {
		for x := range 240 {
			c := color.RGBA{0x6f, 0x9b, 0xd1, 0xff}
			dx, dy := float64(x-120)/62, float64(y-130)/80
			sx, sy := float64(x-120)/110, float64(y-340)/110
			if sx*sx+sy*sy < 1 {
				c = color.RGBA{0x2b, 0x3a, 0x52, 0xff}
			}
			if dx*dx+dy*dy < 1 {
				c = color.RGBA{0xe8, uint8(0xb8 + 8*i), 0x98, 0xff}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err) // into memory
	}
	return pack.Picture{Digest: sm.Sum(out.Bytes()).String(), Type: "image/jpeg", Bytes: out.Bytes()}
}
