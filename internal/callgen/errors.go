package callgen

import "errors"

// A usageError says that what was asked for cannot be understood.
type usageError string

// Error gives the text.
func (e usageError) Error() string { return string(e) }

// IsUsage reports whether err is about how the program was called.
func IsUsage(err error) bool {
	var u usageError
	return errors.As(err, &u)
}
