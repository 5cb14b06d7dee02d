package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/callward/callward/internal/apitoken"
)

// Ask asks the server at an HTTP address for something of its API, with the token that it
// left for this user's programs, or that of the environment. The body and the reply are
// JSON; either may be nil. The error says what the server said.
func Ask(ctx context.Context, address, method, path string, body, reply any) error {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	var send io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("ask %s: %w", path, err)
		}
		send = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, send)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	apitoken.Authorize(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no server answers on http://%s: is it running, and is --http the same? %w", address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest {
		return refusal(resp)
	}
	if reply == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(reply); err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	return nil
}
