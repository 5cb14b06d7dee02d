package fake

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// ParseFaults reads a file of faults:
//
//	faults:
//	  - fault: stall
//	    after: 2s
//	    for: 3s
//	  - fault: duplicate-final
func ParseFaults(s Service, data []byte) ([]Fault, error) {
	var file struct {
		Faults []map[string]string `yaml:"faults"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("faults: %w", err)
	}
	var out []Fault
	for i, entry := range file.Faults {
		f := Fault{Name: entry["fault"]}
		if _, err := kindOf(s, f.Name); err != nil {
			return nil, fmt.Errorf("faults[%d]: %w", i, err)
		}
		for key, value := range entry {
			if key == "fault" {
				continue
			}
			if err := f.set(key, value); err != nil {
				return nil, fmt.Errorf("faults[%d]: %w", i, err)
			}
		}
		out = append(out, f)
	}
	return out, nil
}
