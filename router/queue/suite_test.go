package queue_test

import (
	"testing"

	"github.com/callward/callward/router/queue/queuetest"
)

func TestQueueOnEmbeddedRedis(t *testing.T) { queuetest.Suite(t, queuetest.Embedded(t)) }

func TestQueueOnRedisServer(t *testing.T) { queuetest.Suite(t, queuetest.Server(t)) }

func TestQueueOnRedisCluster(t *testing.T) { queuetest.Suite(t, queuetest.Cluster(t)) }
