package application

import (
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/protocol/person"
)

// Who has died, or cannot act any more, applies for nothing: a relative or guardian
// does, at the window (行政许可法 §70; chapter 2.2, M19). The case stays the holder's,
// its letters are the applicant's.

// relativeName is the field of the form that says who.
const relativeName = "relative_name"

// addressee is who applied, and gets the letters: the holder, or whoever applied in
// their place.
func (c *Case) addressee(form map[string]string) string {
	if name := form[relativeName]; name != "" {
		return name
	}
	return c.Name
}

// whoFor puts a relative's or guardian's application into a letter's words.
func (w *work) whoFor(f *letter.Facts) {
	name := w.form[relativeName]
	if name == "" {
		return
	}
	f.Applicant, f.IDNoMask = name, person.MaskNumber(w.form["relative_id_no"])
	f.Matter, f.Holder = w.Name+"的"+f.Matter, w.Name
}

// cause is why somebody else cancels, in the words of the form; empty: the holder
// does.
func (w *work) cause() string {
	switch {
	case w.form[relativeName] == "":
		return ""
	case w.form["reason"] == "DEATH":
		return "持证人死亡"
	}
	return "持证人丧失行为能力"
}

// relation is a relative's, in words.
func relation(d matter.Definition, form map[string]string) string {
	for _, f := range d.Fields {
		if f.Key == "relation" {
			return strings.TrimPrefix(spoken(f, form["relation"]), "其他") // a word of the list: 其他近亲属
		}
	}
	return ""
}

// cancelled is what the file says of a certificate that was cancelled.
func (w *work) cancelled() string {
	if cause := w.cause(); cause != "" {
		return cause + "，" + relation(w.def, w.form) + "申请注销（" + w.ApplyNo + "）"
	}
	return "本人申请注销（" + w.ApplyNo + "）"
}

// asksToCancel is the reason of a cancellation, of the certificate or of some of its
// categories.
func (w *work) asksToCancel(some bool) string {
	if cause := w.cause(); cause != "" {
		what := licensing.Name(matter.Certificates(), w.def.Certificate)
		if some {
			what += "的部分类别"
		}
		return cause + "，你作为其" + relation(w.def, w.form) + "申请注销" + w.Name + "的" + what
	}
	if some {
		return "你申请注销部分从业资格类别"
	}
	return "你申请注销"
}
