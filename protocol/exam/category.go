package exam

import "slices"

// Category is a person category that sits exams: its five-digit code of
// JT/T 697.7-2014 5.22, and the name that people read.
type Category struct {
	Code string
	Name string
}

// Categories are all of them, in the order of their codes; 139xx are the city's
// own extension.
func Categories() []Category { return slices.Clone(categories) }

var categories = []Category{
	{"01001", "道路旅客运输驾驶员"}, {"02001", "道路货物运输驾驶员"},
	{"03001", "道路危险货物运输驾驶员"}, {"03002", "道路危险货物装卸管理人员"}, {"03003", "道路危险货物押运人员"},
	{"03005", "剧毒化学品驾驶员"}, {"03006", "剧毒化学品装卸管理人员"}, {"03007", "剧毒化学品押运人员"},
	{"03009", "爆炸品驾驶员"}, {"03010", "爆炸品装卸管理人员"}, {"03011", "爆炸品押运人员"},
	{"03013", "放射性物品驾驶员"}, {"03014", "放射性物品装卸管理人员"}, {"03015", "放射性物品押运人员"},
	{"09002", "巡游出租汽车驾驶员"}, {"09003", "网络预约出租汽车驾驶员"},
	{"13001", "城市公共汽电车驾驶员"}, {"13901", "公交售票员"}, {"13902", "公交调度员"},
}

// MainOf is the category that an additional one of dangerous goods stands on (poisons,
// explosives, radioactive matter: chapter 1.1 of the domain reference); "" for any other.
func MainOf(code string) string {
	switch code {
	case "03005", "03009", "03013":
		return "03001"
	case "03006", "03010", "03014":
		return "03002"
	case "03007", "03011", "03015":
		return "03003"
	}
	return ""
}

// CategoryName is the name of a code, or the code itself when this program does
// not know it: the centre may be newer than a venue.
func CategoryName(code string) string {
	for _, c := range categories {
		if c.Code == code {
			return c.Name
		}
	}
	return code
}
