package queue_test

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
)

func TestAnAddressNamesOneRedisSentinelsOrACluster(t *testing.T) {
	for _, text := range []string{
		"redis://h:6379", "rediss://u:p%40@h:6379/2", "unix:///run/redis.sock",
		"redis+sentinel://h:26379/main", "rediss+sentinel://u:p@h:26379,i:26379,[::1]:26379/main/3",
		"redis+cluster://h:7000", "rediss+cluster://:p@h:7000,i:7001",
	} {
		c, err := queue.NewClient(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		_ = c.Close()
		if _, many := c.(*redis.ClusterClient); many != strings.Contains(text, "cluster") {
			t.Errorf("%s: a client of another kind: %T", text, c)
		}
	}
}

func TestAnAddressThatCannotBeIsRefusedWithoutItsPassword(t *testing.T) {
	for _, text := range []string{
		"", "h:6379", "redis://u:sek%ret@h", "redis://h:99999", "redis+sentinel://h:26379", "redis+sentinel://h:26379/a b",
		"redis+cluster://h:7000/1", "redis+cluster://h:7000,i:x", "redis+ring://h:1", "unix+cluster:///run/redis.sock", "redis+cluster://u:sek%ret@h:1,i:2",
	} {
		_, err := queue.NewClient(text)
		if err == nil || strings.Contains(err.Error(), "sek") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
