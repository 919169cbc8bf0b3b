package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// facts are what absolute numbers have to be read beside.
type facts struct {
	cores     int
	cpu, load string
	syncs     float64 // 512-byte append + fdatasync, a second
}

func (f facts) String() string {
	return fmt.Sprintf("machine: %d cores, %s, load %s, %s/%s, %s, fdatasync of 512 B appended: %.0f/s",
		f.cores, f.cpu, f.load, runtime.GOOS, runtime.GOARCH, runtime.Version(), f.syncs)
}

func gather(dir string) (facts, error) {
	f := facts{cores: runtime.NumCPU(), cpu: "cpu unknown", load: "unknown"}
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(info)) {
			key, value, _ := strings.Cut(line, ":")
			if strings.TrimSpace(key) == "model name" {
				f.cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	load, err := os.ReadFile("/proc/loadavg")
	if err == nil && len(strings.Fields(string(load))) > 0 {
		f.load = strings.Fields(string(load))[0]
	}
	f.syncs, err = syncRate(dir)
	return f, err
}

func syncRate(dir string) (float64, error) {
	file, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	block, n, from := make([]byte, 512), 0, time.Now()
	for time.Since(from) < time.Second {
		_, err = file.Write(block)
		if err == nil {
			err = syscall.Fdatasync(int(file.Fd()))
		}
		if err != nil {
			return 0, fmt.Errorf("fdatasync: %w", err)
		}
		n++
	}
	return float64(n) / time.Since(from).Seconds(), nil
}
