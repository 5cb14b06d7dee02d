package fake

import "google.golang.org/protobuf/proto"

// armed lets hooks do nothing while the engine is calm.
func (e *Engine) armed(h hooks) hooks {
	if h.open != nil {
		open := h.open
		h.open = func() error {
			if e.calm.Load() {
				return nil
			}
			return open()
		}
	}
	if h.recv != nil {
		recv := h.recv
		h.recv = func(m proto.Message) (bool, error) {
			if e.calm.Load() {
				return true, nil
			}
			return recv(m)
		}
	}
	if h.send != nil {
		send := h.send
		h.send = func(m proto.Message) ([]proto.Message, error) {
			if e.calm.Load() {
				return []proto.Message{m}, nil
			}
			return send(m)
		}
	}
	if h.half != nil {
		half := h.half
		h.half = func() error {
			if e.calm.Load() {
				return nil
			}
			return half()
		}
	}
	return h
}
