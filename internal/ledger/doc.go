// Package ledger appends lines to a file so that each is there once, whatever dies when: a
// small file beside it (NAME.at) says up to which event the lines go, and how long the file
// was then. What was written after that, and not noted, is cut off when the file is opened,
// and written again.
//
// Files are readable by their owner alone, and begin anew by size and by day. A [File] is
// one goroutine's. Commit blocks until the disk has what was written, unless it need not.
package ledger
