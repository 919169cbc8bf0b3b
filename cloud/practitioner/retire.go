package practitioner

import "huyun.internal/protocol/clock"

// Retirement is a line of the table of statutory retirement ages: the gradual
// delay since 1 January 2025 (chapter 1.5 of the domain reference).
type Retirement struct {
	Sex   string     `db:"sex"`
	Years int        `db:"years"` // before the delay
	From  clock.Date `db:"effective_from"`
	Since clock.Date `db:"since"` // births from this month on are delayed
	Every int        `db:"every"` // so many months of birth make a month of delay
	Most  int        `db:"most"`  // months
}

// RetiresOn is the day of somebody's statutory retirement age by a table that
// holds the latest line in effect for each sex and age. women is the age of women
// before the delay, 50 or 55. The zero Date: the table does not say.
func RetiresOn(table []Retirement, birth clock.Date, sex string, women int) clock.Date {
	years := women
	if sex != "2" {
		sex, years = "1", 60
	}
	for _, r := range table {
		if r.Sex != sex || r.Years != years {
			continue
		}
		delay := 0
		if n := months(birth) - months(r.Since); n >= 0 {
			delay = min(r.Most, n/r.Every+1)
		}
		return addMonths(birth, years*12+delay)
	}
	return clock.Date{}
}

func months(d clock.Date) int { return d.Year*12 + int(d.Month) - 1 }

// Retires is the day of the statutory retirement age of somebody under the rule.
func (r AgeRule) Retires(birth clock.Date, sex string) clock.Date {
	return RetiresOn(r.retirement, birth, sex, r.Women)
}

// RehireEnds is the first day on which somebody is too old to be hired again; the
// zero Date where nobody is.
func (r AgeRule) RehireEnds(birth clock.Date) clock.Date {
	if r.Rehire == 0 {
		return clock.Date{}
	}
	return addYears(birth, r.Rehire)
}

// latest line of each sex and age on a day
const retirementSQL = `SELECT DISTINCT ON (sex, years) sex, years, effective_from, since, every, most FROM practitioner_retirement
	WHERE effective_from <= $1 ORDER BY sex, years, effective_from DESC`
