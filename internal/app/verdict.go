package app

import (
	"log/slog"
	"strings"
	"time"
)

// A verdict is what an engine came to when it was last asked.
type verdict struct {
	err  error     // errUnasked: it has not been asked yet
	said string    // the fault that the log knows of; empty: none
	at   time.Time // when the log was told
}

// flat gives an error, which may be several, in one.
func flat(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// otherFaultAfter is the least time between two lines on one engine that fails, now for
// this reason and now for that: some reasons are told apart by a port number alone.
const otherFaultAfter = time.Minute

// becomes takes another verdict, and has the log tell of it if it is news: one that does
// not serve from the start is seen too, though others do its work.
func (v *verdict) becomes(err error, log *slog.Logger, now time.Time) {
	was := v.err
	v.err = err
	switch {
	case err == nil && v.said != "":
		v.said = ""
		log.Info("speech engine serves again")
	case err == nil && was != nil:
		log.Info("speech engine serves")
	case err != nil && v.said != err.Error() && (v.said == "" || now.Sub(v.at) >= otherFaultAfter):
		v.said, v.at = err.Error(), now
		log.Warn("speech engine does not serve", slog.String("err", flat(err)))
	}
}
