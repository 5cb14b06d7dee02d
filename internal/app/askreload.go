package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console"
)

// reloadTime is ample: a reload trains classifiers.
const reloadTime = time.Minute

// AskReload asks the server at an HTTP address to reload. The error lists the
// faults of a configuration that was refused.
func AskReload(ctx context.Context, address string) (console.Reloaded, error) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/api/v1/reload", http.NoBody)
	if err != nil {
		return console.Reloaded{}, fmt.Errorf("reload: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return console.Reloaded{}, fmt.Errorf("no server answers on http://%s: is it running, and is --http the same? %w", address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return console.Reloaded{}, refusal(resp)
	}
	var done console.Reloaded
	if err := json.NewDecoder(resp.Body).Decode(&done); err != nil {
		return console.Reloaded{}, fmt.Errorf("reload: %w", err)
	}
	return done, nil
}

func refusal(resp *http.Response) error {
	var p huma.ErrorModel
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		return fmt.Errorf("reload: the server says %s", resp.Status)
	}
	errs := []error{errors.New(p.Detail)}
	for _, d := range p.Errors {
		errs = append(errs, errors.New(d.Message))
	}
	return errors.Join(errs...)
}
