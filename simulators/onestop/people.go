package onestop

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"mask": mask, "when": when, "stateName": stateName, "endpoint": func(m Message) string { return strings.TrimPrefix(m.Endpoint, "case/") },
}).ParseFS(pageFiles, "pages/*.html"))

// mask shows the number of a person as far as pages may.
func mask(number string) string {
	if id, err := person.ParseID(number); err == nil {
		return id.Mask()
	}
	return bare.ReplaceAllString(number, "******************")
}

// when shows a time of a message, whichever form it came in.
func when(v any) string {
	switch t := v.(type) {
	case time.Time:
		return clock.Text(t)[:16]
	case string:
		if at, err := time.Parse(time.RFC3339, t); err == nil {
			return clock.Text(at)[:16]
		}
		return t
	}
	return ""
}

func stateName(state string) string {
	return map[string]string{"BOOKED": "已预约", "REFUSED": "未约上", "CANCELLED": "已取消", "WAITING": "处理中"}[state]
}

// view is what every page gets.
type view struct {
	Title  string
	User   *Listed
	Notice string // what came of the last act
	Bad    bool
	Body   any
}

// render writes a page whole or not at all.
func (s *System) render(w http.ResponseWriter, status int, name string, v view) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Simulated", "1")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

const cookie = "onestop_user"

// page serves a person who has said who they are; a platform that is down serves
// nobody.
func (s *System) page(do func(w http.ResponseWriter, r *http.Request, l List, u *Listed)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.down() {
			s.render(w, http.StatusServiceUnavailable, "down.html", view{Title: "系统维护中"})
			return
		}
		l, err := s.lists()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var u *Listed
		if c, err := r.Cookie(cookie); err == nil {
			if a, ok := l.account(c.Value); ok {
				u = &a
			}
		}
		do(w, r, l, u)
	}
}

// signedOn is page for what needs to know who is there.
func (s *System) signedOn(do func(w http.ResponseWriter, r *http.Request, l List, u *Listed)) http.HandlerFunc {
	return s.page(func(w http.ResponseWriter, r *http.Request, l List, u *Listed) {
		if u == nil {
			http.Redirect(w, r, "/onestop/", http.StatusSeeOther)
			return
		}
		do(w, r, l, u)
	})
}

func (s *System) people(mux *http.ServeMux) {
	mux.HandleFunc("GET /onestop/{$}", s.page(s.portal))
	mux.HandleFunc("GET /onestop/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(style)
	})
	mux.HandleFunc("POST /onestop/as", s.page(s.become))
	mux.HandleFunc("POST /onestop/leave", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/onestop/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // a demonstration over plain HTTP
		http.Redirect(w, r, "/onestop/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /onestop/go", s.signedOn(s.goOnline))
	mux.HandleFunc("GET /onestop/mine", s.signedOn(s.mine))
	mux.HandleFunc("GET /onestop/mine/{applyNo}", s.signedOn(s.own(s.caseOf)))
	mux.HandleFunc("POST /onestop/mine/{applyNo}/continue", s.signedOn(s.own(s.goOn)))
	mux.HandleFunc("POST /onestop/mine/{applyNo}/withdraw", s.signedOn(s.own(s.takeBack)))
	mux.HandleFunc("GET /onestop/mine/{applyNo}/{sm3}", s.signedOn(s.own(s.open)))
	mux.HandleFunc("GET /onestop/messages", s.signedOn(s.messages))
	mux.HandleFunc("GET /onestop/booking", s.signedOn(s.booking))
	mux.HandleFunc("POST /onestop/booking", s.signedOn(s.bookVisit))
	mux.HandleFunc("POST /onestop/booking/{appointNo}/cancel", s.signedOn(s.cancelVisit))
}

// group is the matters of a trade.
type group struct {
	Trade   string
	Matters []Matter
}

// groups are the matters that something can be done with, by trade.
func groups(l List, can func(Matter) bool) []group {
	var out []group
	for _, m := range l.Matters {
		if !can(m) {
			continue
		}
		i := slices.IndexFunc(out, func(g group) bool { return g.Trade == m.Trade })
		if i < 0 {
			i = len(out)
			out = append(out, group{Trade: m.Trade})
		}
		out[i].Matters = append(out[i].Matters, m)
	}
	return out
}

func (s *System) portal(w http.ResponseWriter, _ *http.Request, l List, u *Listed) {
	if u == nil {
		s.render(w, http.StatusOK, "who.html", view{Title: "选择演示身份", Body: l.Accounts})
		return
	}
	s.render(w, http.StatusOK, "portal.html", view{Title: "办事大厅", User: u, Body: groups(l, func(m Matter) bool { return m.Online })})
}

func (s *System) become(w http.ResponseWriter, r *http.Request, l List, _ *Listed) {
	a, ok := l.account(r.FormValue("user"))
	if !ok {
		http.Redirect(w, r, "/onestop/", http.StatusSeeOther)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: a.UserID, Path: "/onestop/", HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // a demonstration over plain HTTP
	http.Redirect(w, r, "/onestop/", http.StatusSeeOther)
}

// goOnline sends the applicant's browser to the centre's pages.
func (s *System) goOnline(w http.ResponseWriter, r *http.Request, _ List, u *Listed) {
	s.arrive(w, r, u, r.FormValue("item"), "")
}

func (s *System) arrive(w http.ResponseWriter, r *http.Request, u *Listed, item, applyNo string) {
	q := url.Values{"tokenSNO": {s.Token(u.UserID)}, "itemCode": {item}}
	if applyNo != "" {
		q.Set("applyNo", applyNo)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, s.Online+"/arrive?"+q.Encode(), http.StatusSeeOther)
}

// line is a case in the list.
type line struct {
	Case
	Status statusBody
	Any    bool // a status has come
}

func lineOf(c Case) line {
	st, ok := c.newest()
	return line{c, st, ok}
}

func (s *System) mine(w http.ResponseWriter, _ *http.Request, _ List, u *Listed) {
	s.mu.Lock()
	out := []line{}
	for _, no := range slices.Backward(s.state.order) {
		if c := s.state.cases[no]; c.UserID == u.UserID {
			out = append(out, lineOf(c.copy()))
		}
	}
	s.mu.Unlock()
	s.render(w, http.StatusOK, "mine.html", view{Title: "我的办件", User: u, Body: out})
}

// own lets people see their own cases only.
func (s *System) own(do func(w http.ResponseWriter, r *http.Request, u *Listed, c Case)) func(http.ResponseWriter, *http.Request, List, *Listed) {
	return func(w http.ResponseWriter, r *http.Request, _ List, u *Listed) {
		c, ok := s.Case(r.PathValue("applyNo"))
		if !ok || c.UserID != u.UserID {
			s.render(w, http.StatusNotFound, "none.html", view{Title: "没有这个办件", User: u})
			return
		}
		do(w, r, u, c)
	}
}

// open shows a document that was delivered, after checking it.
func (s *System) open(w http.ResponseWriter, r *http.Request, u *Listed, c Case) {
	i := slices.IndexFunc(c.Documents, func(d Document) bool { return d.SM3 == r.PathValue("sm3") })
	if i < 0 {
		s.render(w, http.StatusNotFound, "none.html", view{Title: "没有这个文件", User: u})
		return
	}
	d := c.Documents[i]
	data, err := s.document(d.SM3)
	if err != nil {
		s.render(w, http.StatusInternalServerError, "none.html", view{Title: "文件校验未通过", User: u, Notice: err.Error(), Bad: true})
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Header().Set("Content-Disposition", "inline; filename*=UTF-8''"+url.PathEscape(d.FileName))
	w.Header().Set("X-Simulated", "1")
	_, _ = w.Write(data)
}

func (s *System) goOn(w http.ResponseWriter, r *http.Request, u *Listed, c Case) {
	s.arrive(w, r, u, c.ItemCode, c.ApplyNo)
}

func (s *System) takeBack(w http.ResponseWriter, r *http.Request, u *Listed, c Case) {
	reason := strings.TrimSpace(r.FormValue("reason"))
	if reason == "" {
		s.showCase(w, http.StatusUnprocessableEntity, u, c, "请填写撤回的原因", true)
		return
	}
	out, err := s.Withdraw(r.Context(), c.ApplyNo, reason)
	if err != nil {
		s.showCase(w, http.StatusBadGateway, u, c, err.Error(), true)
		return
	}
	text := "撤回申请已被接受"
	if !out.Allowed {
		text = "没有撤回：" + out.Answer
	}
	c, _ = s.Case(c.ApplyNo)
	s.showCase(w, http.StatusOK, u, c, text, !out.Allowed)
}

func (s *System) caseOf(w http.ResponseWriter, _ *http.Request, u *Listed, c Case) {
	s.showCase(w, http.StatusOK, u, c, "", false)
}
