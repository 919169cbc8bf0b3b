package bank

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/exam"
)

// body is what a question and a sub-question have in common, as a form sends it.
type (
	mediaForm struct {
		Digest string `json:"digest" minLength:"64" maxLength:"64"`
		Type   string `json:"type" enum:"image/png,image/jpeg"`
	}
	subForm struct {
		Type    string      `json:"type" enum:"TF,SINGLE,MULTI"`
		Stem    string      `json:"stem" maxLength:"2000" text:"lines"`
		Media   []mediaForm `json:"media,omitempty" maxItems:"6"`
		Options []string    `json:"options,omitempty" maxItems:"6" text:"lines" doc:"依次为 A、B、C……"`
		Answer  []string    `json:"answer,omitempty" maxItems:"6" doc:"选项字母；判断题为 T 或 F"`
		LawRef  string      `json:"law_ref,omitempty" maxLength:"500" text:"lines"`
		Explain string      `json:"explain,omitempty" maxLength:"2000" text:"lines"`
	}
	form struct {
		Industry   string      `json:"industry" maxLength:"20"`
		Categories []string    `json:"categories" maxItems:"30"`
		Subject    string      `json:"subject" maxLength:"20"`
		Chapter    string      `json:"chapter" maxLength:"100"`
		Difficulty int         `json:"difficulty" minimum:"1" maximum:"5"`
		Type       string      `json:"type" enum:"TF,SINGLE,MULTI,CASE"`
		Stem       string      `json:"stem" maxLength:"2000" text:"lines"`
		Media      []mediaForm `json:"media,omitempty" maxItems:"6"`
		Options    []string    `json:"options,omitempty" maxItems:"6" text:"lines" doc:"依次为 A、B、C……"`
		Answer     []string    `json:"answer,omitempty" maxItems:"6" doc:"选项字母；判断题为 T 或 F"`
		LawRef     string      `json:"law_ref,omitempty" maxLength:"500" text:"lines"`
		Explain    string      `json:"explain,omitempty" maxLength:"2000" text:"lines"`
		Sub        []subForm   `json:"sub,omitempty" maxItems:"5"`
	}
)

func (f subForm) question() exam.Question {
	q := exam.Question{Type: exam.Type(f.Type), Stem: f.Stem, Answer: f.Answer, LawRef: f.LawRef, Explain: f.Explain}
	for i, text := range f.Options {
		q.Options = append(q.Options, exam.Option{Key: optionLetters[i : i+1], Text: text})
	}
	for _, m := range f.Media {
		q.Media = append(q.Media, exam.Media{Digest: m.Digest, Type: m.Type})
	}
	return q
}

func (f form) question() exam.Question {
	q := subForm{f.Type, f.Stem, f.Media, f.Options, f.Answer, f.LawRef, f.Explain}.question()
	q.Industry, q.Categories, q.Subject, q.Chapter, q.Difficulty = f.Industry, f.Categories, f.Subject, f.Chapter, f.Difficulty
	for _, s := range f.Sub {
		q.Sub = append(q.Sub, s.question())
	}
	return q
}

type (
	writeIn struct{ Body form }
	amendIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body form
	}
	writtenOut struct{ Body Written }
	custodyIn  struct {
		db.Page
		SeenFilter
	}
	custodyOut struct{ Body db.List[Seen] }
)

// registerWriting adds what authors do to single questions, and who saw them.
func registerWriting(w *web.Web, s *Service) {
	const one = "/api/v1/exam/questions/{id}"
	web.Register(w, web.Op{ID: "exam.bank.write", Method: http.MethodPost, Path: "/api/v1/exam/questions", Perm: PermImport, Summary: "编写一道试题", Status: http.StatusCreated},
		func(ctx context.Context, in *writeIn) (*writtenOut, error) {
			out, err := s.Write(ctx, in.Body.question())
			return &writtenOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.bank.amend", Method: http.MethodPut, Path: one, Perm: PermImport, Summary: "修改自己的草稿"},
		func(ctx context.Context, in *amendIn) (*writtenOut, error) {
			out, err := s.Amend(ctx, in.ID, in.Body.question())
			return &writtenOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.bank.revise", Method: http.MethodPost, Path: one + "/revise", Perm: PermImport, Summary: "修订在用的试题", Status: http.StatusCreated, Audit: "exam.bank.write"},
		func(ctx context.Context, in *idIn) (*writtenOut, error) {
			out, err := s.Revise(ctx, in.ID)
			return &writtenOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.bank.submit", Method: http.MethodPost, Path: one + "/submit", Perm: PermImport, Summary: "提交草稿审核", Status: http.StatusNoContent},
		func(ctx context.Context, in *idIn) (*struct{}, error) { return nil, s.Submit(ctx, in.ID) })
	web.Register(w, web.Op{ID: "exam.bank.discard", Method: http.MethodPost, Path: one + "/discard", Perm: PermImport, Summary: "删除自己的草稿", Status: http.StatusNoContent},
		func(ctx context.Context, in *idIn) (*struct{}, error) { return nil, s.Discard(ctx, in.ID) })
	web.Register(w, web.Op{ID: PermCustody, Method: http.MethodGet, Path: "/api/v1/exam/bank/custody", Summary: "查询谁在何时看过哪道试题"},
		func(ctx context.Context, in *custodyIn) (*custodyOut, error) {
			list, err := s.Custody(ctx, in.SeenFilter, in.Page)
			return &custodyOut{list}, err
		})
}
