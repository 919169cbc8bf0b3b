package db

import "os/exec"

// Tool runs PostgreSQL's own programs as the unprivileged owner; dbtest and the
// backup commands use it.
type Tool struct {
	Bin   string // directory of initdb, postgres, pg_dump …
	owner *owner
}

// FindTool looks for the programs and the user to run them as. Faults:
// db.binaries, db.owner.
func FindTool() (*Tool, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	o, err := findOwner()
	if err != nil {
		return nil, err
	}
	return &Tool{Bin: bin, owner: o}, nil
}

// MakeDir makes a directory private to the owner and checks that the owner can
// reach it.
func (t *Tool) MakeDir(dir string) error {
	if err := t.owner.makeDir(dir); err != nil {
		return err
	}
	return t.owner.canReach(dir)
}

// Command prepares a program that runs in dir as the owner.
func (t *Tool) Command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) //nolint:gosec,noctx // names come from findBinaries
	t.owner.apply(cmd, dir)
	return cmd
}
