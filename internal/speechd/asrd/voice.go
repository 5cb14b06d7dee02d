package asrd

import "github.com/callward/callward/internal/speechd/endpoint"

func newVoice() endpoint.Voice { return &endpoint.Energy{} }
