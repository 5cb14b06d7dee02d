package media

import (
	"fmt"
	"runtime"
)

// Where names the functions under way, of a recovered panic those that led to it. It is
// what may be logged of a fault: a stack trace shows arguments, and what a panic says may
// hold what was said or a key that was pressed.
func Where() (where []string) {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		where = append(where, fmt.Sprintf("%s:%d", f.Function, f.Line))
	}
	return where
}
