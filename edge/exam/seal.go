package exam

import "huyun.internal/protocol/fault"

// readRoll reads and verifies the roster of a package with the device key.
func (s *Service) readRoll(st Sitting) (*Roll, error) {
	return nil, fault.Internalf("exam.pack.todo", "todo")
}

// openBook opens the questions of a package with both halves of its key.
func (s *Service) openBook(st Sitting, half []byte) (*Book, error) {
	return nil, fault.Internalf("exam.pack.todo", "todo")
}
