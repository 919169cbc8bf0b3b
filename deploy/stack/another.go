package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Another makes a second device out of a code that two people of the centre
// have made, and starts it. Everything of its own is below the folder of its
// name.
func (s *Stack) Another(ctx context.Context, name, code string) (*Proc, error) {
	dir := filepath.Join(s.Dir, name)
	err := os.MkdirAll(dir, 0o700)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "edge.yaml")
	err = s.writeEdge(config, filepath.Join(dir, "data"), port)
	if err != nil {
		return nil, err
	}
	err = s.useCode(ctx, config, code)
	if err != nil {
		return nil, err
	}
	p := &Proc{
		Name: name, Path: s.Edge.Path, Args: []string{"--config", config, "run"},
		Dir: dir, Env: s.Env, Ready: local(port) + "/readyz",
	}
	s.others = append(s.others, p)
	return p, p.Start(ctx)
}

// useCode makes a device of what a configuration describes, by the device's own
// command.
func (s *Stack) useCode(ctx context.Context, config, code string) error {
	cmd := exec.CommandContext(ctx, s.Edge.Path, "--config", config, "enrol", "--code", code)
	cmd.Env = append(os.Environ(), s.Env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("enrol: %w: %s", err, out)
	}
	return nil
}
