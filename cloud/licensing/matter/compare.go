package matter

// Differences between two versions of one line.
const (
	Same    = "SAME"
	Altered = "CHANGED"
	Added   = "ADDED"
	Gone    = "REMOVED"
)

// Line is a row of two versions side by side.
type Line struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Mark  string `json:"mark" enum:"SAME,CHANGED,ADDED,REMOVED"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Compared is a section of two versions side by side.
type Compared struct {
	Key     string `json:"key"`
	Title   string `json:"title"`
	Changes int    `json:"changes"`
	Lines   []Line `json:"lines"`
}

// Compare lays two versions side by side. Lines of the newer one keep their
// order; those that it has no longer follow.
func Compare(older, newer Definition) []Compared {
	from, to := older.Describe(), newer.Describe()
	out := make([]Compared, len(to))
	for i, s := range to {
		out[i] = Compared{Key: s.Key, Title: s.Title, Lines: lines(from[i].Rows, s.Rows)}
		for _, l := range out[i].Lines {
			if l.Mark != Same {
				out[i].Changes++
			}
		}
	}
	return out
}

func lines(older, newer []Row) []Line {
	was := map[string]Row{}
	for _, r := range older {
		was[r.Key] = r
	}
	out := make([]Line, 0, len(newer))
	for _, r := range newer {
		l := Line{Key: r.Key, Label: r.Label, Mark: Added, New: r.said()}
		if o, ok := was[r.Key]; ok {
			delete(was, r.Key)
			l.Old, l.Mark = o.said(), Same
			if o != r {
				l.Mark = Altered
			}
			if o.Label != r.Label {
				l.Old, l.New = o.Label+"："+l.Old, r.Label+"："+l.New
			}
		}
		out = append(out, l)
	}
	for _, r := range older {
		if _, gone := was[r.Key]; gone {
			out = append(out, Line{Key: r.Key, Label: r.Label, Mark: Gone, Old: r.said()})
		}
	}
	return out
}

// said is a row as it is compared: how sure one is counts as well.
func (r Row) said() string {
	if r.Note == "" {
		return r.Text
	}
	return r.Text + "（" + r.Note + "）"
}
