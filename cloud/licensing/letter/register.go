package letter

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// Series is the numbers of one word in one year.
type Series struct {
	Agency  string `json:"agency" db:"agency"`
	Word    string `json:"word" db:"word"`
	Year    int    `json:"year" db:"year"`
	Kinds   string `json:"kinds" db:"-" doc:"用这个字的文书"`
	Last    int    `json:"last" db:"last" doc:"已用到第几号"`
	Issued  int    `json:"issued" db:"issued" doc:"有文书的号数，含作废"`
	Voided  int    `json:"voided" db:"voided"`
	Missing []int  `json:"missing" db:"-" doc:"没有文书的号；正常为空"`
	Beyond  []int  `json:"beyond" db:"-" doc:"超出登记的号；正常为空"`
}

// Registers are a year's registers, whether they have gaps, and what was voided.
type Registers struct {
	Year      int      `json:"year"`
	Years     []int    `json:"years" doc:"有文书的年份"`
	Registers []Series `json:"registers"`
	Voided    []Letter `json:"voided" doc:"作废的编号，最多 500 个"`
}

// Registers are the registers of a year; 0 is this year in Shanghai.
func (s *Service) Registers(ctx context.Context, year int) (Registers, error) {
	out := Registers{Year: year, Years: []int{}, Registers: []Series{}, Voided: []Letter{}}
	if _, err := auth.Require(ctx, PermList); err != nil {
		return out, err
	}
	if out.Year == 0 {
		out.Year = clock.DateOf(s.clock.Now()).Year
	}
	var err error
	if out.Years, err = numbers(ctx, s.db, yearsSQL); err != nil {
		return out, err
	}
	list, err := db.All[Series](ctx, s.db, registersSQL, out.Year)
	if err != nil {
		return out, err
	}
	for i := range list {
		if err := s.gaps(ctx, &list[i]); err != nil {
			return out, err
		}
	}
	out.Registers = append(out.Registers, list...)
	void, err := db.All[Letter](ctx, s.db, voidedSQL, out.Year)
	if err != nil {
		return out, err
	}
	for i := range void {
		if err := s.trust(&void[i]); err != nil {
			return out, err
		}
		out.Voided = append(out.Voided, masked(void[i]))
	}
	return out, nil
}

// gaps looks for numbers without a letter, and letters without a number.
func (s *Service) gaps(ctx context.Context, r *Series) (err error) {
	r.Kinds, r.Missing, r.Beyond = wordKinds(r.Word), []int{}, []int{}
	if r.Issued != r.Last {
		if r.Missing, err = numbers(ctx, s.db, missingSQL, r.Agency, r.Word, r.Year, r.Last); err != nil {
			return err
		}
	}
	r.Beyond, err = numbers(ctx, s.db, beyondSQL, r.Agency, r.Word, r.Year, r.Last)
	return err
}

func numbers(ctx context.Context, q db.Q, sql string, args ...any) ([]int, error) {
	out, err := db.Rows(ctx, q, pgx.RowTo[int], sql, args...)
	if out == nil {
		out = []int{}
	}
	return out, err
}

func wordKinds(word string) string {
	for code, k := range kinds {
		if k.word == word {
			return licensing.Name(licensing.Letters(), code)
		}
	}
	return ""
}
