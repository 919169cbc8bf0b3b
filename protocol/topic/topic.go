// Package topic builds and parses the MQTT topics of the link: three per node,
// and the shared subscriptions by which any number of cloud copies take turns.
// Both ends and the broker's access list use it; nothing else spells a topic.
package topic

import (
	"strings"

	"huyun.internal/protocol/fault"
)

const root = "huyun/v1/"

// The three kinds of topic. Up and Down carry sealed link frames; State is
// latest-wins telemetry and never journaled.
const (
	KindUp    = "up"
	KindDown  = "down"
	KindState = "state"
)

// MaxNode is the longest node id, in bytes.
const MaxNode = 64

// Up is where a node publishes its frames.
func Up(node string) string { return root + node + "/" + KindUp }

// Down is where a node listens.
func Down(node string) string { return root + node + "/" + KindDown }

// State is where a node publishes its telemetry.
func State(node string) string { return root + node + "/" + KindState }

// SharedUp is the filter by which the copies of the cloud share every node's
// upward topic.
func SharedUp(group string) string { return "$share/" + group + "/" + root + "+/" + KindUp }

// SharedState is SharedUp for telemetry.
func SharedState(group string) string { return "$share/" + group + "/" + root + "+/" + KindState }

// ValidNode reports whether a node id may stand in a topic: lower-case letters,
// digits and hyphens, so that no wildcard or level can be smuggled in.
func ValidNode(node string) bool {
	if node == "" || len(node) > MaxNode {
		return false
	}
	for _, c := range []byte(node) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Parse splits a concrete topic (no wildcards) into node and kind. It fails
// with topic.format on anything this package would not have built.
func Parse(topic string) (node, kind string, err error) {
	rest, ok := strings.CutPrefix(topic, root)
	if ok {
		node, kind, ok = strings.Cut(rest, "/")
	}
	known := kind == KindUp || kind == KindDown || kind == KindState
	if !ok || !known || !ValidNode(node) {
		return "", "", fault.New(fault.Invalid, "topic.format", "消息主题不正确，请升级程序或联系技术支持")
	}
	return node, kind, nil
}
