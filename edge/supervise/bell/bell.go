// Package bell wakes those who watch for changes at the venue: the proctor's
// live page and the terminals' long polls. It carries no data: who is woken
// reads the store again, so a lost or early ring costs only a moment. Every
// package of the venue may ring; it knows none of them.
package bell

import "sync"

// Board is the topic of everything a proctor's live page shows.
const Board = "board"

// Bell holds a channel for each topic that somebody listens to. The zero value
// is ready.
type Bell struct {
	mu sync.Mutex
	ch map[string]chan struct{}
}

// Listen returns a channel that is closed at the next ring of the topic.
func (b *Bell) Listen(topic string) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = map[string]chan struct{}{}
	}
	c, ok := b.ch[topic]
	if !ok {
		c = make(chan struct{})
		b.ch[topic] = c
	}
	return c
}

// Ring wakes everybody who listens to one of the topics.
func (b *Bell) Ring(topics ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range topics {
		if c, ok := b.ch[t]; ok {
			close(c)
			delete(b.ch, t)
		}
	}
}

// RingAll wakes everybody.
func (b *Bell) RingAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for t, c := range b.ch {
		close(c)
		delete(b.ch, t)
	}
}
