// Package assistants holds the example assistant, so that the server speaks
// without any configuration.
package assistants

import "embed"

// EnergyFile is the name of the example's file, for error messages.
const EnergyFile = "assistants/energy.yaml"

// Energy is the example: the line of Lumenco, a fictional energy supplier, in
// English and French.
//
//go:embed energy.yaml
var Energy []byte //nolint:gochecknoglobals // an embedded file

// Rehearsals are scenarios of the example, in the folder rehearsals.
//
//go:embed rehearsals/*.yaml
var Rehearsals embed.FS //nolint:gochecknoglobals // embedded files
