package onestop

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"huyun.internal/cloud/external"
	"huyun.internal/protocol/sm"
)

// taken is a message that the platform has in its books.
type taken struct {
	endpoint, content, receipt string
	body                       map[string]any
}

// platform is as much of 一网通办 as these tests need, written from the README.
type platform struct {
	t   *testing.T
	key *sm.PublicKey

	mu      sync.Mutex
	cases   map[string][]taken // numbered messages
	other   map[string][]string
	serials int
	calls   int
	down    bool
	drop    int               // so many answers are lost after processing
	delay   time.Duration     // before answering
	refuse  map[string]string // endpoint+node: code
	users   map[string]map[string]any
	notices []map[string]any
}

// noticed answers a repeated number as before.
func (p *platform) noticed(b map[string]any) (string, any) {
	if code := p.refuse[notice]; code != "" {
		return code, nil
	}
	for _, old := range p.notices {
		if old["msgNo"] == b["msgNo"] {
			return "", map[string]any{"receipt": "XX-1"}
		}
	}
	p.notices = append(p.notices, b)
	return "", map[string]any{"receipt": "XX-1"}
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.calls++
	down, delay := p.down, p.delay
	p.mu.Unlock()
	select { // slow, or the caller has gone
	case <-time.After(delay):
	case <-r.Context().Done():
	}
	if down {
		http.Error(w, "维护中", http.StatusServiceUnavailable)
		return
	}
	sig, _ := base64.StdEncoding.DecodeString(r.Header.Get(external.HeaderSignature))
	if sm.Verify(p.key, external.Text(r.Method, r.URL.Path, "huyun", r.Header.Get(external.HeaderTime), body), sig) != nil {
		p.answer(w, "SIGNATURE", nil)
		return
	}
	p.mu.Lock()
	code, data := p.take(r.URL.Path[len("/gate/aci/"):], body)
	lost := p.drop > 0
	if lost {
		p.drop--
	}
	p.mu.Unlock()
	if lost {
		panic(http.ErrAbortHandler)
	}
	p.answer(w, code, data)
}

func (p *platform) answer(w http.ResponseWriter, code string, data any) {
	out := map[string]any{"success": code == "", "data": data}
	if code != "" {
		out["code"], out["message"] = code, "平台不接受"
		if n, gap := data.(int); gap {
			out["expected"] = n
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (p *platform) take(endpoint string, raw []byte) (string, any) {
	var b map[string]any
	if json.Unmarshal(raw, &b) != nil {
		return "BODY", nil
	}
	d := b
	if endpoint == result {
		d = b["data"].(map[string]any)
	}
	no, _ := d["applyNo"].(string)
	switch endpoint {
	case notice:
		return p.noticed(b)
	case "getApplyNoByItemNo.do":
		var out []string
		for range int(b["count"].(float64)) {
			p.serials++
			out = append(out, fmt.Sprintf("%.6s26%07d", b["itemCode"], p.serials))
		}
		return "", map[string]any{"aplyNos": out}
	case "user/getAccessToken":
		token := b["tokenSNO"].(string)
		u := p.users[token]
		delete(p.users, token)
		if u == nil {
			return "TOKEN_INVALID", nil
		}
		p.users["access-"+token] = u
		return "", map[string]any{"accessToken": "access-" + token}
	case "user/getUserInfoByAccessToken":
		return "", p.users[b["accessToken"].(string)]
	case "case/query":
		return "", p.query(b["applyNos"].([]any))
	case saveApply, uploadStuff, submitApply:
		p.other[no] = append(p.other[no], endpoint)
		return "", map[string]any{}
	}
	node, _ := d["node"].(string)
	if code := p.refuse[endpoint+node]; code != "" {
		return code, nil
	}
	seq, have := int(d["seq"].(float64)), p.cases[no]
	switch {
	case len(p.other[no]) == 0:
		return "APPLYNO_UNKNOWN", nil
	case seq > len(have)+1:
		return "SEQ_GAP", len(have) + 1
	case seq <= len(have) && have[seq-1].content != endpoint+string(raw):
		return "SEQ_REUSED", nil
	case seq <= len(have):
		return "", map[string]any{"receipt": have[seq-1].receipt}
	}
	m := taken{endpoint, endpoint + string(raw), fmt.Sprintf("YW-%s-%d", no, seq), b}
	p.cases[no] = append(have, m)
	return "", map[string]any{"receipt": m.receipt}
}

func (p *platform) query(nos []any) any {
	list := []map[string]any{}
	for _, no := range nos {
		have := p.cases[no.(string)]
		if len(have) == 0 {
			continue
		}
		k := map[string]any{"applyNo": no, "seq": len(have), "node": "", "documents": []any{}}
		for _, m := range have {
			switch m.endpoint {
			case status:
				k["node"] = m.body["node"]
			case document:
				k["documents"] = append(k["documents"].([]any), map[string]any{"documentType": m.body["documentType"], "number": m.body["number"], "sm3": m.body["sm3"]})
			}
		}
		list = append(list, k)
	}
	return map[string]any{"cases": list}
}

func (p *platform) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// nodes are the nodes of a case in the order in which the platform heard of them.
func (p *platform) nodes(no string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, m := range p.cases[no] {
		if m.endpoint == status {
			out = append(out, m.body["node"].(string))
		}
	}
	return out
}

func (p *platform) endpoints(no string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, m := range p.cases[no] {
		out = append(out, m.endpoint)
	}
	return out
}
