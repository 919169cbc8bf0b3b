package supervise

import "slices"

// What a seat's terminal shows of Safe Exam Browser.
const (
	SEBUsed  = "ok"    // with the settings of this sitting
	SEBOther = "other" // with other settings, or an old key
	SEBNone  = "none"  // an ordinary browser
)

// browser is what a terminal's last request showed.
type browser struct {
	shown bool     // something
	fits  []string // sittings whose settings it has
}

// Browsed notes what a terminal's request shows of Safe Exam Browser: whether
// anything, and which sittings' settings.
func (p *Pulse) Browsed(terminal string, shown bool, sittings []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.browsers[terminal] = browser{shown, sittings}
}

// SEB is what a terminal's last request showed about a sitting.
func (p *Pulse) SEB(terminal, sitting string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.browsers[terminal]
	switch {
	case slices.Contains(b.fits, sitting):
		return SEBUsed
	case b.shown:
		return SEBOther
	}
	return SEBNone
}
