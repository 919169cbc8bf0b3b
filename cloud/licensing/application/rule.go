package application

import "errors"

// Rules are the numbers that no regulation fixes or that have to be confirmed with
// the office (chapters 1.6, 3.2, 3.3 and 15 of the domain reference).
type Rules struct {
	CorrectionDays  int // working days for a correction (C2); the licensing law leaves it open
	DraftDays       int // how long a draft that is never sent is kept
	RenewalOpens    int // days before its end from which a certificate can be renewed
	ExperienceYears int // with passengers or freight before dangerous goods (E24)
	EducationHours  int // of continuing education in EducationYears: road and bus (E12)
	EducationYears  int
	TaxiHours       int // the same of taxi and ride-hailing
	TaxiYears       int
	RefresherHours  int // before a registration, of a qualification unused for TaxiYears
}

// DefaultRules are the domain reference's.
func DefaultRules() Rules {
	return Rules{
		CorrectionDays: 15, DraftDays: 30, RenewalOpens: 90, ExperienceYears: 2, EducationHours: 24, EducationYears: 2, TaxiHours: 54, TaxiYears: 3,
		RefresherHours: 27,
	}
}

// Check refuses numbers that nobody can have meant.
func (r Rules) Check() error {
	within := func(n, least, most int) bool { return least <= n && n <= most }
	switch {
	case !within(r.CorrectionDays, 1, 60):
		return errors.New("licensing.correction_days 须在 1 至 60（工作日）之间")
	case !within(r.DraftDays, 1, 365):
		return errors.New("licensing.draft_days 须在 1 至 365 之间")
	case !within(r.RenewalOpens, 30, 365): // it is to be asked for 30 days before the end
		return errors.New("licensing.renewal_opens 须在 30 至 365 之间")
	case !within(r.ExperienceYears, 0, 10):
		return errors.New("licensing.experience_years 须在 0 至 10 之间")
	case !within(r.EducationHours, 0, 200) || !within(r.TaxiHours, 0, 200) || !within(r.RefresherHours, 0, 200):
		return errors.New("licensing.education_hours、taxi_hours 和 refresher_hours 须在 0 至 200 之间")
	case !within(r.EducationYears, 1, 6) || !within(r.TaxiYears, 1, 6):
		return errors.New("licensing.education_years 和 taxi_years 须在 1 至 6 之间")
	}
	return nil
}
