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
	"github.com/callward/callward/internal/apitoken"
)

// reloadTime is ample: a reload trains classifiers.
const reloadTime = time.Minute

// AskReload asks the server at an HTTP address to reload. The error lists the
// faults of a configuration that was refused.
func AskReload(ctx context.Context, address string) (console.Reloaded, error) {
	var done console.Reloaded
	err := Ask(ctx, address, http.MethodPost, "/api/v1/reload", nil, &done)
	return done, err
}

func refusal(resp *http.Response) error {
	if resp.StatusCode == http.StatusUnauthorized {
		return errors.New(apitoken.Hint)
	}
	var p huma.ErrorModel
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		return fmt.Errorf("the server says %s", resp.Status)
	}
	errs := []error{errors.New(p.Detail)}
	for _, d := range p.Errors {
		errs = append(errs, errors.New(d.Message))
	}
	return errors.Join(errs...)
}
