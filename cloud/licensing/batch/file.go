package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Limits of the files that come with a roster.
const (
	maxFile = 2 << 20
	// portrait is the material that a picture named by nothing but a number is.
	portrait = "M05"
)

var portraitLimits = picture.Limits{Bytes: 1 << 20, Min: 200, Max: 4000, Pixels: 12 << 20}

// file is a picture or a scan of a line.
type file struct {
	code string
	data []byte
}

// unpack reads a zip: 号码.jpg is the portrait, 号码_M03.jpg or .pdf another
// material. What belongs to nobody or cannot be taken is told, and stops nothing.
func (s *Service) unpack(data []byte, lines []line) (map[int][]file, []string, error) {
	at := map[string][]int{}
	for _, l := range lines {
		n := strings.ToLower(l.id.Reveal())
		at[n] = append(at[n], l.no)
	}
	return unpacked(data, func(number string) []int { return at[number] })
}

func unpacked(data []byte, find func(number string) []int) (map[int][]file, []string, error) {
	out, strays := map[int][]file{}, []string{}
	if len(data) == 0 {
		return out, strays, nil
	}
	all, err := picture.Archive(data, maxFile)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		number, code, marked := strings.Cut(name, "_")
		if code = strings.ToUpper(code); !marked {
			code = portrait
		}
		rows := find(number)
		f, err := checked(code, all[name])
		switch {
		case len(rows) == 0:
			strays = append(strays, masked("", name)+"：文件名中的身份证号不在名册中")
		case err != nil:
			strays = append(strays, masked("", name)+"："+text(err))
		}
		if err != nil {
			continue
		}
		for _, no := range rows {
			out[no] = append(out[no], f)
		}
	}
	return out, strays, nil
}

// text is what a refusal says; anything else is ours to look at.
func text(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Text
	}
	return "不能处理，请联系系统管理员"
}

func checked(code string, data []byte) (file, error) {
	if !slices.ContainsFunc(licensing.Materials(), func(m licensing.Entry) bool { return m.Code == code }) {
		return file{}, fault.New(fault.Invalid, "licensing.batch.file.code", "文件名应为“身份证号”或“身份证号_材料代码”，如 身份证号_M03")
	}
	if code != portrait {
		_, err := application.FileKind(data)
		return file{code, data}, err
	}
	p, err := picture.Clean(data, portraitLimits)
	return file{code, p.Data}, err
}

// keepFiles keeps what came with a line until its case is there, sealed.
func (s *Service) keepFiles(ctx context.Context, to *db.Batch, batch string, no int, files []file) error {
	for _, f := range files {
		sealed, err := s.Keys.SealAt([]string{placeFile, batch}, f.data)
		if err != nil {
			return fmt.Errorf("seal file: %w", err)
		}
		d, _, err := s.Blobs.Put(ctx, bytes.NewReader(sealed))
		if err != nil {
			return err
		}
		to.Write(insertFileSQL, batch, no, f.code, d[:])
	}
	return nil
}

// filesOf are those that wait for a line's case.
func (s *Service) filesOf(ctx context.Context, tx pgx.Tx, r *Row) ([]file, error) {
	rows, err := db.All[struct {
		Code string `db:"code"`
		Blob []byte `db:"blob"`
	}](ctx, tx, filesSQL, r.Batch, r.No)
	if err != nil {
		return nil, err
	}
	out := make([]file, len(rows))
	for i, f := range rows {
		sealed, err := blob.Read(ctx, s.Blobs, sm.Digest(f.Blob), maxFile+1<<10)
		if err != nil {
			return nil, err
		}
		out[i].code = f.Code
		if out[i].data, err = s.Keys.OpenAt([]string{placeFile, r.Batch}, sealed); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Supplied is the answer to more files for a batch.
type Supplied struct {
	Files  int      `json:"files"`
	Strays []string `json:"strays"`
}

// Supply hands in more pictures and scans for the drafts of a batch, by a zip
// named as that of the roster. Faults: missing, those of picture.Archive.
func (s *Service) Supply(ctx context.Context, id string, data []byte) (out Supplied, err error) {
	actor, scope, err := who(ctx, application.PermSubmit, true)
	if err != nil {
		return out, err
	}
	b, err := s.batch(ctx, s.DB, id, scope)
	if err != nil {
		return out, err
	}
	rows, err := db.All[Row](ctx, s.DB, draftsSQL, b.ID)
	if err != nil {
		return out, err
	}
	byNo, byBlind := map[int]*Row{}, map[string][]int{}
	for i := range rows {
		byNo[rows[i].No] = &rows[i]
		byBlind[string(rows[i].Blind)] = append(byBlind[string(rows[i].Blind)], rows[i].No)
	}
	files, strays, err := unpacked(data, func(number string) []int {
		n, err := person.ParseID(strings.ToUpper(number))
		if err != nil {
			return nil
		}
		return byBlind[string(s.Keys.Person(n))]
	})
	out.Strays = strays
	for _, no := range slices.Sorted(maps.Keys(files)) {
		for _, f := range files[no] {
			err := s.genuine(&b, byNo[no])
			if err == nil {
				err = s.supply(ctx, byNo[no], actor, f)
			}
			if err != nil && fault.From(err).Kind.Ours() {
				return out, err
			}
			if err != nil {
				out.Strays = append(out.Strays, fmt.Sprintf("第 %d 行 %s：%s", no, f.name(), text(err)))
				continue
			}
			out.Files++
		}
	}
	if out.Strays == nil {
		out.Strays = []string{}
	}
	return out, err
}

func (s *Service) supply(ctx context.Context, r *Row, by auth.Actor, f file) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error { return s.Cases.CompanyAttach(ctx, tx, r.Case, by, f.code, f.name(), f.data) })
}

func (f file) name() string {
	return licensing.Name(licensing.Materials(), f.code)
}
