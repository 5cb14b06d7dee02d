package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Commands is how many commands the Redis of the pool has done since it started, those
// within scripts and those of others included; 0 for one that does not count them, as the
// embedded one. With the talks that ended it gives what a call costs.
func (r *Redis) Commands(ctx context.Context) (int64, error) {
	text, err := r.cfg.Client.Info(ctx, "stats").Result()
	if err != nil {
		return 0, fmt.Errorf("count the commands of redis: %w", err)
	}
	for line := range strings.Lines(text) {
		if digits, ok := strings.CutPrefix(strings.TrimSpace(line), "total_commands_processed:"); ok {
			return strconv.ParseInt(digits, 10, 64)
		}
	}
	return 0, nil
}
