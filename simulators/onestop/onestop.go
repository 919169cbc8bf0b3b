// Package onestop stands for the city's platform 一网通办 (M11–M19): it signs
// people on and sends them to us, gives numbers, takes in every step of a case and
// its documents, and calls us back when an applicant withdraws, hands something in
// or books a visit. It is written from cloud/external/onestop/README.md, not from
// our code. Everything it shows says 模拟.
//
// What it has been told lies in a journal that is read again at the start; orders
// of the control interface are forgotten then, as are tokens.
package onestop

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/control"
)

// Sender is its name in the agreement.
const Sender = "onestop-sh"

// Options say where it lives.
type Options struct {
	Line   *control.Line // to the centre: its key, and callbacks
	Online string        // the applicants' pages, http://host:port
	Dir    string        // journal, documents and list of who there is
	Now    func() time.Time
}

// System is the simulator.
type System struct {
	Options

	mu      sync.Mutex
	state   state
	journal *os.File
	tokens  map[string]token
	access  map[string]token
	orders  Orders
	log     []Received
	key     *sm.PublicKey // the centre's

	listMu sync.Mutex
	list   List
	listAt time.Time
}

// Open reads what an earlier run was told.
func Open(o Options) (*System, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &System{Options: o, state: newState(), tokens: map[string]token{}, access: map[string]token{}}
	if err := os.MkdirAll(s.files(), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(o.Dir, "onestop.jsonl"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	s.journal, o.Line.Answered = f, s.heard
	return s, s.replay()
}

// Close ends it; nothing is lost without.
func (s *System) Close() error { return s.journal.Close() }

func (s *System) files() string { return filepath.Join(s.Dir, "onestop-documents") }

// replay applies the journal; what was cut off in the middle was never answered.
func (s *System) replay() error {
	dec := json.NewDecoder(s.journal)
	for {
		var e event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("journal %s: %w", s.journal.Name(), err)
		}
		s.state.apply(e)
	}
	good := dec.InputOffset()
	if err := s.journal.Truncate(good); err != nil {
		return err
	}
	if _, err := s.journal.Seek(good, 0); err != nil {
		return err
	}
	if good > 0 {
		_, err := s.journal.WriteString("\n")
		return err
	}
	return nil
}

// record makes an event true; the lock is held.
func (s *System) record(e event) error {
	e.At = s.Now()
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := s.journal.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	s.state.apply(e)
	return nil
}

// keep stores a document under its digest.
func (s *System) keep(data []byte) error {
	path := filepath.Join(s.files(), sm.SumOf(data).String()+".pdf")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// document reads one back and checks that it is still what was delivered.
func (s *System) document(digest string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.files(), filepath.Base(digest)+".pdf"))
	if err == nil && sm.SumOf(data).String() != digest {
		err = errors.New("文件与送达时的 SM3 不一致")
	}
	return data, err
}

// Account is a person or a company of the platform.
type Account struct {
	UserID    string `json:"userId"`
	UserType  string `json:"userType"` // 个人 or 法人
	Name      string `json:"name"`
	IDNo      string `json:"idNo"`
	Mobile    string `json:"mobile"`
	AuthLevel int    `json:"authLevel"`
	Sex       string `json:"sex"`
	Birth     string `json:"birth"`
	Nation    string `json:"nation"`
	Residence string `json:"residence"`
	Address   string `json:"address"`
	Photo     string `json:"photo"` // base64 of a JPEG, or empty
	OrgName   string `json:"orgName,omitempty"`
	USCC      string `json:"uscc,omitempty"`
}

// Matter is an item of the platform's catalogue.
type Matter struct {
	ItemCode string `json:"itemCode"`
	Name     string `json:"name"`
	Trade    string `json:"trade"`
	Days     int    `json:"days"`   // promised, working days; 0: at once
	Online   bool   `json:"online"` // can be applied for here
	Visit    bool   `json:"visit"`  // a visit can be booked
}

// List is who there is and what can be applied for; it is written from outside and
// read again when it changes.
type List struct {
	Accounts []Listed `json:"accounts"`
	Matters  []Matter `json:"matters"`
	Places   []string `json:"places"`  // where a visit can be booked
	Periods  []string `json:"periods"` // 09:00-11:30
}

// Listed is an account with a word for the visitor on what can be tried with it.
type Listed struct {
	Account
	Note string `json:"note"`
}

// ListName is the file of the list.
const ListName = "onestop-list.json"

// lists reads the list if it has changed; none is an empty one.
func (s *System) lists() (List, error) {
	s.listMu.Lock()
	defer s.listMu.Unlock()
	path := filepath.Join(s.Dir, ListName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return List{}, nil
	}
	if err != nil || info.ModTime().Equal(s.listAt) {
		return s.list, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return s.list, err
	}
	var next List
	if err := json.Unmarshal(raw, &next); err != nil {
		return s.list, fmt.Errorf("%s: %w", ListName, err)
	}
	s.list, s.listAt = next, info.ModTime()
	return s.list, nil
}

func (l List) account(id string) (Listed, bool) {
	for _, a := range l.Accounts {
		if a.UserID == id {
			return a, true
		}
	}
	return Listed{}, false
}

func (l List) matter(item string) (Matter, bool) {
	for _, m := range l.Matters {
		if m.ItemCode == item {
			return m, true
		}
	}
	return Matter{}, false
}
