package exam

// noteSEB remembers which sittings ask for Safe Exam Browser: every request of a
// terminal is looked at, and must not read the store for it.
func (s *Service) noteSEB(list []Sitting) {
	var out []string
	for _, st := range list {
		if st.SEB != "" && !st.Over() {
			out = append(out, st.Sitting)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sebs = out
}

// WithSEB lists the sittings that ask for Safe Exam Browser, as of the last look.
func (s *Service) WithSEB() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sebs
}
