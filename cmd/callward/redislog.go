package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// redisLog takes what go-redis would print to stderr by itself. It is for
// debugging only: whether Redis answers is in /readyz.
type redisLog struct{ log *slog.Logger }

// Printf logs a line of the client's.
func (r redisLog) Printf(ctx context.Context, format string, v ...any) {
	r.log.DebugContext(ctx, "redis client", slog.String("line", fmt.Sprintf(format, v...)))
}

func logRedis(log *slog.Logger) { redis.SetLogger(redisLog{log}) }
