package practitioner

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

// Aliases are the indexes of all ID numbers under which the person of one is on
// file: their own, and those of every file merged with it; of a stranger the one
// itself. It checks no right.
func (s *Service) Aliases(ctx context.Context, q db.Q, blind []byte) ([][]byte, error) {
	all, err := db.Rows(ctx, q, pgx.RowTo[[]byte], aliasesSQL, blind)
	if err == nil && len(all) == 0 {
		all = append(all, blind)
	}
	return all, err
}

// Numbers are indexes of ID numbers that were asked for, with the others under
// which the same people are on file. What was done under any of them was done by
// that person.
type Numbers struct {
	all   [][]byte
	asked map[string][][]byte // by each of all, those asked for whose person has it
}

// Only are numbers of which no others are known.
func Only(asked [][]byte) Numbers {
	n := Numbers{asked: make(map[string][][]byte, len(asked))}
	for _, b := range asked {
		n.add(b, b)
	}
	return n
}

func (n *Numbers) add(asked, other []byte) {
	of := n.asked[string(other)]
	if len(of) == 0 {
		n.all = append(n.all, other)
	}
	if !slices.ContainsFunc(of, func(b []byte) bool { return slices.Equal(b, asked) }) {
		n.asked[string(other)] = append(of, asked)
	}
}

// All are those asked for and the others.
func (n Numbers) All() [][]byte { return n.all }

// Of are those asked for whose person has a number.
func (n Numbers) Of(blind []byte) [][]byte { return n.asked[string(blind)] }

// Numbers are those of many people at once. It checks no right.
func (s *Service) Numbers(ctx context.Context, q db.Q, asked [][]byte) (Numbers, error) {
	n := Only(asked)
	list, err := db.Rows(ctx, q, pgx.RowToStructByPos[struct{ Asked, Other []byte }], othersSQL, asked)
	for _, o := range list {
		n.add(o.Asked, o.Other)
	}
	return n, err
}

// NumbersBy are the numbers of the person of one, m.idno_blind, itself among them:
// for statements that follow a merge row by row.
const NumbersBy = `SELECT p.idno_blind FROM practitioner m JOIN practitioner p ON p.id = coalesce(m.merged_into, m.id) OR p.merged_into = coalesce(m.merged_into, m.id)`

const (
	aliasesSQL = NumbersBy + ` WHERE m.idno_blind = $1`
	// two joins with an index each, for hundreds of people
	othersSQL = `WITH a AS (SELECT m.idno_blind AS asked, coalesce(m.merged_into, m.id) AS file FROM practitioner m WHERE m.idno_blind = ANY($1))
		SELECT a.asked, p.idno_blind FROM a JOIN practitioner p ON p.id = a.file WHERE p.idno_blind <> a.asked
		UNION ALL SELECT a.asked, p.idno_blind FROM a JOIN practitioner p ON p.merged_into = a.file WHERE p.idno_blind <> a.asked
		ORDER BY 1, 2`
)
