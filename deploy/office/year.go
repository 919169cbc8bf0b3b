package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
)

// desks is how many cases are worked on at once.
const desks = 6

// First is the morning of the year's first working day.
func First() time.Time { return time.Date(2026, 1, 4, 1, 0, 0, 0, time.UTC) }

// applyUntil is the last day on which somebody applies, so that most cases end
// within the year.
var applyUntil = clock.Date{Year: 2026, Month: 11, Day: 30} //nolint:gochecknoglobals // a day

// Lived is what a year was.
type Lived struct {
	Cases, Matters, Days int
	Plans                map[string]int
	Took                 time.Duration
	Broken               []string // what must not be, and is
	Letters, Series      int
	Entries              int64 // of the audit
	States               map[string]int
}

// PerMinute is how many cases went through in a minute.
func (l *Lived) PerMinute() float64 { return float64(l.Cases) / l.Took.Minutes() }

// String is the summary line.
func (l *Lived) String() string {
	verdict := "PASS"
	if len(l.Broken) > 0 {
		verdict = "FAIL"
	}
	return fmt.Sprintf("year: %s cases=%d matters=%d days=%d letters=%d series=%d audit=%d minutes=%.1f per_minute=%.0f",
		verdict, l.Cases, l.Matters, l.Days, l.Letters, l.Series, l.Entries, l.Took.Minutes(), l.PerMinute())
}

// Year lets n cases of all matters that can be applied for go through the office in
// a working year, and then looks at what must hold.
func (o *Office) Year(ctx context.Context, n int) (*Lived, error) {
	from := time.Now()
	l := &Lived{Cases: n, Plans: map[string]int{}, States: map[string]int{}}
	if err := o.importYear(ctx, applyUntil.Year+1); err != nil {
		return nil, err
	}
	offers := o.offers(ctx)
	codes := map[string]bool{}
	for i := range offers {
		codes[offers[i].Code] = true
		if offers[i].LegalDays > 0 {
			o.extendable = append(o.extendable, offers[i].Code)
		}
	}
	l.Matters = len(codes)
	y := &year{Office: o, Lived: l, offers: offers, people: seed.Candidates(n, 2026), due: map[clock.Date][]*course{}, seen: map[clock.Date]bool{}}
	if err := y.live(ctx); err != nil {
		return nil, err
	}
	l.Took = time.Since(from)
	return l, y.verify(ctx)
}

type year struct {
	*Office
	*Lived

	offers []offer
	people []seed.Candidate
	due    map[clock.Date][]*course
	seen   map[clock.Date]bool // days on which something was due
	begun  int
}

func (y *year) live(ctx context.Context) error {
	cal, err := y.Calendar.Calendar(ctx, y.DB)
	if err != nil {
		return err
	}
	today := clock.DateOf(First())
	total, err := cal.Between(today, applyUntil)
	if err != nil {
		return err
	}
	for ; today.Year == applyUntil.Year; today = today.Add(1) {
		y.Now.SetWall(today.Start().Add(9 * time.Hour))
		if err := y.passing(ctx); err != nil {
			return err
		}
		works, err := cal.Workday(today)
		if err != nil {
			return err
		}
		waiting := y.due[today]
		delete(y.due, today)
		if !works { // the office is closed
			y.due[today.Add(1)] = append(y.due[today.Add(1)], waiting...)
			continue
		}
		y.Days++
		comes := min(len(y.people), len(y.people)*y.Days/max(1, total))
		if err := y.work(ctx, today, comes, waiting); err != nil {
			return fmt.Errorf("%s: %w", today, err)
		}
	}
	return nil
}

// passing is what the worker does as days pass: deadlines, questions to the registers.
func (y *year) passing(ctx context.Context) error {
	for {
		n, err := y.Case.Expire(ctx)
		if err != nil {
			return fmt.Errorf("deadlines: %w", err)
		}
		if n == 0 {
			break
		}
	}
	return y.ask(ctx)
}

func (y *year) ask(ctx context.Context) error {
	if _, err := y.Case.AskDue(ctx); err != nil {
		return fmt.Errorf("registers: %w", err)
	}
	return nil
}

// work is a day: who comes applies, what waits goes on.
func (y *year) work(ctx context.Context, today clock.Date, comes int, waiting []*course) error {
	for ; y.begun < comes; y.begun++ {
		waiting = append(waiting, &course{number: y.begun, done: map[string]bool{}})
	}
	days := make([]int, len(waiting))
	err := together(len(waiting), func(i int) (err error) {
		if waiting[i].id == "" {
			if err := y.apply(ctx, waiting[i]); err != nil {
				return err
			}
		}
		days[i], err = y.next(ctx, waiting[i])
		return err
	})
	if err != nil {
		return err
	}
	for i, c := range waiting {
		switch {
		case days[i] > 0:
			y.due[today.Add(days[i])] = append(y.due[today.Add(days[i])], c)
		case c.plan == unanswered || c.plan == lifted: // something passes by itself first
			y.due[today.Add(7)] = append(y.due[today.Add(7)], c)
		}
	}
	if err := y.ask(ctx); err != nil {
		return err
	}
	return y.note(ctx)
}

// apply begins the application of a number: matters, channels and categories in
// turn, plans so that every matter has every plan in the end.
func (y *year) apply(ctx context.Context, c *course) error {
	r := rand.New(rand.NewPCG(uint64(c.number), 2026)) //nolint:gosec // the same year every time
	c.offer, c.plan = &y.offers[c.number%len(y.offers)], planOf(r.IntN(100))
	if c.plan == sentBack && !c.offer.Takes("O") {
		c.plan = straight
	}
	category := c.offer.Categories[r.IntN(len(c.offer.Categories))]
	category = cmp.Or(exam.MainOf(category), category) // an additional one stands on its kind
	citizen, categories, err := y.prepared(ctx, &c.offer.Definition, y.people[c.number], category)
	if err == nil {
		c.citizen = citizen
		c.id, _, err = y.begin(ctx, c.offer, &c.citizen, categories)
	}
	if err != nil {
		return fmt.Errorf("case %d, %s by %s: %w", c.number, c.offer.Code, c.offer.channel, err)
	}
	return nil
}

// note remembers on which days something is due; C7 ends with a certificate, whatever
// the day.
func (y *year) note(ctx context.Context) error {
	days, err := y.DB.Query(ctx, `SELECT DISTINCT due FROM licensing_clock WHERE NOT ended AND due IS NOT NULL AND clock <> 'C7'`)
	if err != nil {
		return fmt.Errorf("days due: %w", err)
	}
	defer days.Close()
	for days.Next() {
		var d clock.Date
		if err := days.Scan(&d); err != nil {
			return fmt.Errorf("days due: %w", err)
		}
		y.seen[d] = true
	}
	return days.Err() //nolint:wrapcheck // says what it is
}

// importYear gives the calendar a year: its holidays on the days of this one's.
func (o *Office) importYear(ctx context.Context, next int) error {
	o.engage(Importer, calendar.PermList, calendar.PermImport)
	ctx = o.As(ctx, Importer)
	var rows [][]any
	for month, days := range map[int][]int{1: {1, 2, 3}, 2: {6, 7, 8, 9, 10, 11, 12}, 4: {5}, 5: {1, 2, 3}, 10: {1, 2, 3, 4, 5, 6, 7}} {
		for _, d := range days {
			rows = append(rows, []any{fmt.Sprintf("%04d-%02d-%02d", next, month, d), "放假", "演练假日"})
		}
	}
	book, err := sheet.Write("工作日历", calendar.Columns(), rows)
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	in, err := o.Calendar.Import(ctx, next, "演练", book)
	if err == nil && !in.OK {
		err = fmt.Errorf("calendar %d: %v", next, in.Problems)
	}
	return err
}

// Importer is the account that keeps the calendar.
const Importer = "yanlian.rili"

// together does n things, some at once.
func together(n int, do func(i int) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := make(chan int)
	for range desks {
		wg.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return failed
}
