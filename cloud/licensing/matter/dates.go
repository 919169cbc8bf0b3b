package matter

import (
	"fmt"
	"slices"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// drivingAge is from which age anybody can have a driving licence: sixteen, for light
// motorcycles (机动车驾驶证申领和使用规定); nobody's first is older than that.
const drivingAge = 16

// disorderly finds dates of a driving licence that cannot be true together. What a
// platform said is not the applicant's to put right, and stands.
func disorderly(shown []Field, form map[string]string, in Entry) []Defect {
	var out []Defect
	add := func(key, reason string) {
		i := slices.IndexFunc(shown, func(f Field) bool { return f.Key == key })
		if i >= 0 && in.Known[key] == "" {
			d, _ := shown[i].defect(Invalid, reason, "请按驾驶证上的日期填写")
			out = append(out, d)
		}
	}
	first, issued := dateIn(form, "driving_first")
	until, ends := dateIn(form, "driving_until")
	born, known := birth(form)
	switch {
	case !issued:
	case !in.Today.IsZero() && in.Today.Before(first):
		add("driving_first", "日期在今天以后")
	case known && first.Before(clock.DateOf(born.Start().AddDate(drivingAge, 0, 0))):
		add("driving_first", fmt.Sprintf("早于年满 %d 周岁的日期，当时还不能领取驾驶证", drivingAge))
	}
	if ends && issued && until.Before(first) {
		add("driving_until", "早于初次领取驾驶证的日期")
	}
	return out
}

func dateIn(form map[string]string, key string) (clock.Date, bool) {
	d, err := clock.ParseDate(form[key])
	return d, err == nil && form[key] != ""
}

// birth is what the ID number says, and else the form.
func birth(form map[string]string) (clock.Date, bool) {
	if id, err := person.ParseID(form["id_no"]); err == nil {
		return id.Birth(), true
	}
	return dateIn(form, "birth")
}
