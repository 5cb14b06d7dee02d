package console

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// AliveEvent is the event of a stream on which nothing else has happened for Config.KeepAlive. It
// has no id. A comment would keep a connection open too, but no page sees one, nor that none comes
// any more: it would go on to show what was true before a network or a server fell silent.
const AliveEvent = "alive"

const alive = "event: " + AliveEvent + "\ndata: {}\n\n"

// Alive is the data of AliveEvent.
type Alive struct{}

// streamOf describes a stream of events whose data is one of some schemas, or an Alive.
func streamOf(schemas huma.Registry, what string, data ...*huma.Schema) map[string]*huma.Response {
	data = append(data, schemas.Schema(reflect.TypeFor[Alive](), true, ""))
	return map[string]*huma.Response{"200": {
		Description: what + "; that of " + AliveEvent + ", which says that the stream is still there, is an Alive",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{OneOf: data}}},
	}}
}
