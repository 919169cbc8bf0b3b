package exam

import pexam "huyun.internal/protocol/exam"

// Plain reports text that prints on one line and looks like what it is.
func Plain(s string) bool { return pexam.Plain(s) }
