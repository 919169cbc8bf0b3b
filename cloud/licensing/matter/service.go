package matter

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList   = "licensing.matter.list"
	PermExport = "licensing.matter.export"
)

// States of a matter.
const (
	InUse   = "CURRENT"
	Retired = "RETIRED" // only older cases still have it
)

// Filter narrows the list.
type Filter struct {
	Trade   string
	Action  string
	Channel string
	State   string
}

// Summary is a line of the list.
type Summary struct {
	Code         string   `json:"code"`
	Version      int      `json:"version"`
	Name         string   `json:"name"`
	ItemCode     string   `json:"item_code"`
	Trade        string   `json:"trade"`
	TradeName    string   `json:"trade_name"`
	Action       string   `json:"action"`
	ActionName   string   `json:"action_name"`
	Categories   []string `json:"categories"`
	Channels     []string `json:"channels"`
	Route        string   `json:"route"`
	Letters      string   `json:"letters"`
	LegalDays    int      `json:"legal_days"`
	PromisedDays int      `json:"promised_days"`
	Charged      bool     `json:"charged"`
	Certificate  string   `json:"certificate"`
	Optional     bool     `json:"optional"`
	State        string   `json:"state" enum:"CURRENT,RETIRED"`
}

func summary(d Definition, state string) Summary {
	return Summary{
		Code: d.Code, Version: d.Version, Name: d.Name, ItemCode: d.ItemCode, Trade: d.Trade, TradeName: word(trades, d.Trade), Action: string(d.Action), ActionName: word(actions, string(d.Action)),
		Categories: d.Categories, Channels: words(d.Channels), Route: string(d.Route), Letters: d.Letters, LegalDays: d.LegalDays, PromisedDays: d.PromisedDays,
		Charged: d.Fee.Charged, Certificate: orElse(word(certificates, d.Certificate), "无"), Optional: d.Optional, State: state,
	}
}

// Version is one version of a matter and how many open cases began with it.
type Version struct {
	Version   int       `json:"version"`
	Digest    string    `json:"digest"`
	FirstSeen time.Time `json:"first_seen"`
	Current   bool      `json:"current"`
	Readable  bool      `json:"readable"`
	Open      *int      `json:"open,omitempty" doc:"以这一版本办理、尚未办结的办件数；没有的表示还没有统计"`
}

// View is a definition in plain words.
type View struct {
	Summary
	Definition Definition `json:"definition"`
	Sections   []Section  `json:"sections"`
	Steps      []Step     `json:"steps"`
	Versions   []Version  `json:"versions"`
}

// Words are the dictionaries that the list filters by.
type Words struct {
	Trades   []licensing.Entry `json:"trades"`
	Actions  []licensing.Entry `json:"actions"`
	Channels []licensing.Entry `json:"channels"`
}

// Dictionaries are the words of the list's filters.
func (c *Catalogue) Dictionaries(ctx context.Context) (Words, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Words{}, err
	}
	return Words{Trades(), Actions(), licensing.Channels()}, nil
}

// sorts are the orders of the list; "" is the catalogue's own, by item codes.
var sorts = map[string]func(a, b Summary) int{
	"":              func(a, b Summary) int { return strings.Compare(a.ItemCode, b.ItemCode) },
	"code":          func(a, b Summary) int { return strings.Compare(a.Code, b.Code) },
	"name":          func(a, b Summary) int { return strings.Compare(a.Name, b.Name) },
	"version":       func(a, b Summary) int { return a.Version - b.Version },
	"legal_days":    func(a, b Summary) int { return a.LegalDays - b.LegalDays },
	"promised_days": func(a, b Summary) int { return a.PromisedDays - b.PromisedDays },
}

// List finds matters. Faults: list.sort.
func (c *Catalogue) List(ctx context.Context, f Filter, page db.Page) (db.List[Summary], error) {
	return c.list(ctx, PermList, f, page)
}

func (c *Catalogue) list(ctx context.Context, perm string, f Filter, page db.Page) (db.List[Summary], error) {
	if _, err := auth.Require(ctx, perm); err != nil {
		return db.List[Summary]{}, err
	}
	var rows []Summary
	for _, d := range c.All() {
		rows = append(rows, summary(d, InUse))
	}
	for _, d := range c.retired() {
		rows = append(rows, summary(d, Retired))
	}
	rows = filtered(rows, func(s Summary) bool { return f.keeps(s) && s.contains(page.Q) })
	name, down := strings.CutPrefix(page.Sort, "-")
	by, ok := sorts[name]
	if !ok {
		return db.List[Summary]{}, fault.New(fault.Invalid, "list.sort", "不支持按该字段排序，请点击表头选择排序方式")
	}
	slices.SortFunc(rows, func(a, b Summary) int {
		n := by(a, b)
		if down {
			n = -n
		}
		if n == 0 {
			n = strings.Compare(a.Code, b.Code)
		}
		return n
	})
	from := min((max(page.Page, 1)-1)*page.PageSize, len(rows))
	return db.List[Summary]{Items: rows[from:min(from+page.PageSize, len(rows))], Total: len(rows)}, nil
}

func (f Filter) keeps(s Summary) bool {
	return (f.Trade == "" || f.Trade == s.Trade) && (f.Action == "" || f.Action == s.Action) &&
		(f.Channel == "" || slices.Contains(s.Channels, f.Channel)) && (f.State == "" || f.State == s.State)
}

// contains searches what a reader sees of the line: code, name, category, letters.
func (s Summary) contains(q string) bool {
	q = strings.ToLower(strings.TrimSpace(q))
	text := strings.Join(append([]string{s.Code, s.Name, s.ItemCode, s.TradeName, s.ActionName, s.Certificate, s.Letters}, s.Categories...), "\n")
	return strings.Contains(strings.ToLower(text), q)
}

// Show is a matter in plain words: the version, or the newest with 0. Faults:
// licensing.matter.missing, licensing.matter.version.
func (c *Catalogue) Show(ctx context.Context, code string, n int) (View, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return View{}, err
	}
	versions, state, err := c.versions(ctx, code)
	if err != nil {
		return View{}, err
	}
	if n == 0 {
		n = versions[0].Version
		if now, err := c.Current(code); err == nil {
			n = now.Version
		}
	}
	d, err := c.At(code, n)
	if err != nil {
		return View{}, err
	}
	return View{Summary: summary(d, state), Definition: d, Sections: d.Describe(), Steps: d.Steps(), Versions: versions}, nil
}

// versions are those of a matter, the newest first, as the database has them now.
func (c *Catalogue) versions(ctx context.Context, code string) ([]Version, string, error) {
	rows, err := of(ctx, c.db, code)
	if err != nil {
		return nil, "", err
	}
	if len(rows) == 0 {
		return nil, "", errMissing
	}
	var open map[int]int
	if c.Holders != nil {
		if open, err = c.Holders(ctx, c.db, code); err != nil {
			return nil, "", err
		}
	}
	state := Retired
	now, err := c.Current(code)
	if err == nil {
		state = InUse
	}
	out := make([]Version, len(rows))
	for i, row := range rows {
		out[i] = Version{
			Version: row.Version, Digest: hex.EncodeToString(row.Digest), FirstSeen: row.FirstSeen,
			Current: err == nil && row.Version == now.Version, Readable: c.readBack(row).err == nil,
		}
		if c.Holders != nil {
			n := open[row.Version]
			out[i].Open = &n
		}
	}
	return out, state, nil
}

// Comparison is two versions side by side.
type Comparison struct {
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	From     int        `json:"from"`
	To       int        `json:"to"`
	Changes  int        `json:"changes"`
	Sections []Compared `json:"sections"`
}

// Compare lays two versions of a matter side by side. Faults:
// licensing.matter.version.
func (c *Catalogue) Compare(ctx context.Context, code string, from, to int) (Comparison, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Comparison{}, err
	}
	older, err := c.At(code, from)
	if err != nil {
		return Comparison{}, err
	}
	newer, err := c.At(code, to)
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{Code: code, Name: newer.Name, From: from, To: to, Sections: Compare(older, newer)}
	for _, s := range out.Sections {
		out.Changes += s.Changes
	}
	return out, nil
}
