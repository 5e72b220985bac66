package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"netplay/lab/parts/bgp/calico"
	"sigs.k8s.io/yaml"
)

// patch merges into the resource that is there; lists are replaced as a whole.
func patch(ctx context.Context, store calico.Store, words *words) error {
	kind, err := kindArgument(words)
	if err != nil {
		return err
	}
	change := map[string]any{}
	if err := yaml.Unmarshal([]byte(words.flag("patch")), &change); err != nil {
		return fmt.Errorf("failed to execute command: %w", err)
	}
	before, err := store.Read(ctx, kind, words.arg(1))
	if err != nil {
		return fmt.Errorf("hit error: %w", err)
	}
	after, err := merged(before, change)
	if err == nil {
		err = store.Update(ctx, after)
	}
	var fields calico.FieldErrors
	if errors.As(err, &fields) || errors.As(err, &calico.ConflictError{}) {
		return fmt.Errorf("hit error: updating existing resource: %w", err)
	}
	if err != nil {
		return fmt.Errorf("hit error: %w", err)
	}
	fmt.Printf("Successfully patched 1 '%s' resource\n", kind.Name)
	return nil
}

func merged(resource *calico.Resource, change map[string]any) (*calico.Resource, error) {
	text, err := json.Marshal(resource)
	if err != nil {
		return nil, err
	}
	whole := map[string]any{}
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	merge(whole, change)
	if text, err = json.Marshal(whole); err != nil {
		return nil, err
	}
	return calico.Parse(text)
}

func merge(into, change map[string]any) {
	for key, value := range change {
		inner, isMap := value.(map[string]any)
		existing, wasMap := into[key].(map[string]any)
		switch {
		case value == nil:
			delete(into, key)
		case isMap && wasMap:
			merge(existing, inner)
		default:
			into[key] = value
		}
	}
}
