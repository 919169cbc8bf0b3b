package store

// seams are where a test may plant a fault. Nothing outside the package can
// reach them; only a build with the tag "plant" listens to the environment.
type seams struct {
	// ackEarly, when set, wakes the waiters of a group before it is written.
	ackEarly func([]*op)
	// sync and commit, when set, fail in the place of the segment's sync, and
	// after bbolt's commit as a failed sync of its meta page does.
	sync, commit func() error
}
