package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"huyun.internal/deploy/stack"
)

// fault is one thing that goes wrong, and is put right again before the next.
type fault struct {
	name string
	do   func(ctx context.Context) error
}

// chaos does what venues and networks do to a system, in an order that the seed
// decides.
type chaos struct {
	s          *stack.Stack
	rng        *rand.Rand
	kills      int // of the edge
	partitions int
	others     int // kills of cloud, broker and database
	slowest    time.Duration
	log        func(format string, args ...any)
}

// schedule makes the list of faults: the wanted numbers, shuffled.
func (c *chaos) schedule(kills, partitions int) []fault {
	var list []fault
	for range kills {
		list = append(list, fault{"edge kill -9", c.killEdge})
	}
	cuts := []fault{
		{"network cut", c.cut}, {"network silent both ways", c.silent}, {"network silent upward", c.silentUp}, {"network silent downward", c.silentDown},
	}
	for i := range partitions {
		list = append(list, cuts[i%len(cuts)])
	}
	// The broker lives in the cloud's process and keeps nothing on disk: killing
	// the cloud kills and empties the broker too.
	for i := range 1 + (kills+partitions)/10 {
		other := []fault{{"cloud and broker kill -9", c.killCloud}, {"database kill -9", c.killDatabase}, {"edge kill -9 with no cloud", c.coldRestart}}
		list = append(list, other[i%len(other)])
	}
	c.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// outage is one long cut with a cold restart in the middle: no cloud, no name
// service, no time server, and the exam goes on.
func (c *chaos) outage(length time.Duration) fault {
	half := func(ctx context.Context) error { return c.rest(ctx, length/2, length/2+time.Millisecond) }
	return fault{fmt.Sprintf("outage of %s with a cold restart", length), func(ctx context.Context) error {
		c.partitions++
		c.s.Cut()
		defer c.s.Heal()
		err := half(ctx)
		if err != nil {
			return err
		}
		err = c.killEdge(ctx)
		if err != nil {
			return err
		}
		return half(ctx)
	}}
}

// run does the faults one after the other with a random pause between two.
func (c *chaos) run(ctx context.Context, list []fault) error {
	for i, f := range list {
		c.log("%3d/%d %s", i+1, len(list), f.name)
		err := f.do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		err = c.rest(ctx, 100*time.Millisecond, 900*time.Millisecond)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *chaos) rest(ctx context.Context, least, most time.Duration) error {
	timer := time.NewTimer(least + time.Duration(c.rng.Int64N(int64(most-least))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// killEdge kills the venue's server at a random moment and starts it again
// (I7: within ten seconds).
func (c *chaos) killEdge(ctx context.Context) error {
	c.kills++
	begin := time.Now()
	c.s.Edge.Kill()
	err := c.s.Edge.Start(ctx)
	c.slowest = max(c.slowest, time.Since(begin))
	return err
}

// coldRestart starts the venue's server with no cloud, no name service and no
// time server to be had.
func (c *chaos) coldRestart(ctx context.Context) error {
	c.partitions++
	c.s.Cut()
	defer c.s.Heal()
	err := c.killEdge(ctx)
	if err != nil {
		return err
	}
	return c.rest(ctx, 500*time.Millisecond, 1500*time.Millisecond)
}

func (c *chaos) killCloud(ctx context.Context) error {
	c.others++
	c.s.Cloud.Kill()
	err := c.rest(ctx, 100*time.Millisecond, 1000*time.Millisecond)
	if err != nil {
		return err
	}
	return c.s.Cloud.Start(ctx)
}

// killDatabase kills the database under the running cloud, which has to get
// over it by itself.
func (c *chaos) killDatabase(ctx context.Context) error {
	c.others++
	raw, err := os.ReadFile(filepath.Join(c.s.CloudData(), "postgres", "data", "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return err
	}
	err = syscall.Kill(pid, syscall.SIGKILL)
	if err != nil {
		return err
	}
	return c.rest(ctx, 500*time.Millisecond, 1500*time.Millisecond)
}

func (c *chaos) partition(ctx context.Context, begin func(), end func()) error {
	c.partitions++
	begin()
	defer end()
	return c.rest(ctx, 500*time.Millisecond, 4*time.Second)
}

func (c *chaos) cut(ctx context.Context) error { return c.partition(ctx, c.s.Cut, c.s.Heal) }

func (c *chaos) silent(ctx context.Context) error {
	return c.partition(ctx, func() { c.s.MQTT.Hold(true) }, c.s.Heal)
}

func (c *chaos) silentUp(ctx context.Context) error {
	return c.partition(ctx, func() { c.s.MQTT.HoldUp(true) }, c.s.Heal)
}

func (c *chaos) silentDown(ctx context.Context) error {
	return c.partition(ctx, func() { c.s.MQTT.HoldDown(true) }, c.s.Heal)
}
