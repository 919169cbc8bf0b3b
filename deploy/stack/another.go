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

// AnotherCloud starts a second copy of the cloud on the same PostgreSQL server,
// with the same keys and a console of its own; Options.DSN has to be set. It
// returns where its console is.
func (s *Stack) AnotherCloud(ctx context.Context) (*Proc, string, error) {
	dir := filepath.Join(s.Dir, "cloud-2")
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	err = copyKeys(filepath.Join(s.CloudData(), "keys"), filepath.Join(dir, "data", "keys"))
	if err != nil {
		return nil, "", err
	}
	config := filepath.Join(dir, "cloud.yaml")
	err = writeConfig(config, section{
		"data": filepath.Join(dir, "data"), "console": section{"addr": address(port)}, "database": section{"dsn": s.DSN}, "log": section{"format": "text"},
	})
	if err != nil {
		return nil, "", err
	}
	p := &Proc{
		Name: "cloud-2", Path: s.Cloud.Path, Args: []string{"serve", "--config", config, "--role=console"},
		Dir: dir, Env: s.Env, Ready: local(port) + "/readyz",
	}
	s.others = append(s.others, p)
	return p, local(port), p.Start(ctx)
}

// copyKeys carries keys to another machine as an administrator does: readable by
// nobody else.
func copyKeys(from, to string) error {
	err := os.MkdirAll(to, 0o700)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(from, f.Name())) //nolint:gosec // the stack's own folder
		if err != nil {
			return err
		}
		err = os.WriteFile(filepath.Join(to, f.Name()), raw, 0o600) //nolint:gosec // as above
		if err != nil {
			return err
		}
	}
	return nil
}
