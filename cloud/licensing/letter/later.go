package letter

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// A slip says what was handed in and nothing that was decided, so nobody waits
// for its paper: at submission it is issued with what it says, and printed by a
// job, or by whoever wants to see it first. What it says was fixed when it was
// issued; its file, once there, never changes either.

// said is what is sealed of a letter: its facts, and for one that is printed
// later its code, of which the row knows only the index.
type said struct {
	Facts

	Code string `json:"code,omitempty"`
	// Agency is whose letter it is, without its seal: its name, telephone or address
	// may be others when the file is made.
	Agency *Agency `json:"agency,omitempty"`
	// Text is the template's, filled in: the template may be another when the file is
	// made, and no version but today's is at hand.
	Text *text `json:"text,omitempty"`
}

// text is the wording of one letter.
type text struct {
	Title      string      `json:"title"`
	Paragraphs []paragraph `json:"paragraphs"`
}

// late says that a letter's file was left for later.
func (l *Letter) late() bool { return len(l.Digest) == 0 }

// fileParts are what a file that was made later has beside the letter's row.
func (l *Letter) fileParts() [][]byte {
	return [][]byte{[]byte("licensing_letter_late"), []byte(l.ID), l.FileDigest, l.FileSignature, []byte(strconv.Itoa(l.FilePages)), []byte(l.FileLost)}
}

// printed takes over what a file that was made later says of itself. Fault:
// licensing.letter.tampered.
func (s *Service) printed(l *Letter) error {
	if !l.late() || l.FileMAC == nil {
		return nil
	}
	if !s.keys.CheckRowMAC(l.FileMAC, l.fileParts()...) {
		return errTampered.Withf("file of letter %s", l.ID)
	}
	l.Digest, l.Signature, l.Pages, l.Lost = l.FileDigest, l.FileSignature, l.FilePages, l.FileLost
	return nil
}

// PrintLater prints a letter that was left for later; one that has its file
// already stays as it is. It is what Later's job does. Faults: record.missing,
// licensing.letter.tampered, page.font.
func (s *Service) PrintLater(ctx context.Context, id string) error {
	l, err := s.Get(ctx, s.db, id)
	if err == nil {
		err = s.ensure(ctx, s.db, &l)
	}
	return err
}

// ensure makes the file of a letter that has none yet. Of two who make it at
// once, one file stands.
func (s *Service) ensure(ctx context.Context, q db.Q, l *Letter) error {
	if !l.late() { // printed when it was issued, or since
		return nil
	}
	sh, err := s.sheetOf(l)
	if err != nil {
		return err
	}
	out, err := sh.print()
	if err != nil {
		return err
	}
	sealed, digest, signature, err := s.sign(l.ID, out.pdf)
	if err != nil {
		return err
	}
	made := Letter{ID: l.ID, FileDigest: digest, FileSignature: signature, FilePages: out.pages, FileLost: out.lost}
	_, err = q.Exec(ctx, insertLateSQL, l.ID, sealed, digest, signature, out.pages, out.lost, s.keys.RowMAC(made.fileParts()...))
	if err != nil {
		return fmt.Errorf("keep file of letter: %w", err)
	}
	*l, err = s.Get(ctx, q, l.ID)
	return err
}

// sheetOf lays out again what a letter was issued with.
func (s *Service) sheetOf(l *Letter) (*sheet, error) {
	plain, err := s.keys.OpenAt([]string{placeFacts, l.ID}, l.Facts)
	if err != nil {
		return nil, errTampered.With(fmt.Errorf("facts of letter %s: %w", l.ID, err))
	}
	var what said
	if err := json.Unmarshal(plain, &what); err != nil {
		return nil, fmt.Errorf("facts of letter %s: %w", l.ID, err)
	}
	date := clock.Date{Year: l.IssuedOn.Year(), Month: l.IssuedOn.Month(), Day: l.IssuedOn.Day()}
	agency := s.agency
	if what.Agency != nil {
		agency = *what.Agency
		agency.Seal = s.agency.Seal
	}
	sh := &sheet{values: &values{Facts: what.Facts, Agency: agency, date: date}, template: &template{Kind: l.Kind}, number: l.Number, code: what.Code}
	sh.text, err = s.wordingOf(sh, l, what.Text)
	return sh, err
}

const codeVersion = "licensing.letter.version"

// wordingOf is the text that a letter was issued with. One that was left before its
// text was kept has today's, if that is of the version in its row. Fault:
// licensing.letter.version.
func (s *Service) wordingOf(sh *sheet, l *Letter, kept *text) (*text, error) {
	if kept != nil {
		return kept, nil
	}
	t, known := s.texts.templates[l.Kind]
	tr, trade := s.texts.trade(l.Trade)
	if !known || !trade {
		return nil, errKind
	}
	if t.Version != l.Template {
		return nil, fault.Newf(fault.Internal, codeVersion,
			"%s按模板第 %d 版出具而没有留存文本，现行模板是第 %d 版，不能代为生成；请联系系统管理员用原版本程序生成", l.title(), l.Template, t.Version)
	}
	sh.trade = tr
	return t.fill(sh.values)
}

// sign seals a PDF and signs it: over the file itself, so that anybody with the
// public key can check it; no other thing that this key signs begins with %PDF.
func (s *Service) sign(id string, pdf []byte) (sealed, digest, signature []byte, err error) {
	if sealed, err = s.keys.SealAt([]string{placeFile, id}, pdf); err != nil {
		return nil, nil, nil, fmt.Errorf("seal letter: %w", err)
	}
	if signature, err = s.keys.Cloud().Sign(pdf); err != nil {
		return nil, nil, nil, fmt.Errorf("sign letter: %w", err)
	}
	sum := sm.Sum(pdf)
	return sealed, sum[:], signature, nil
}
