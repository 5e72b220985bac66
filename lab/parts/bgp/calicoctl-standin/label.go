package main

import (
	"context"
	"fmt"
	"strings"

	"netplay/lab/parts/bgp/calico"
)

// label sets, changes or removes one label: `label nodes n1 key=value [--overwrite]`, `label nodes n1 key --remove`.
func label(ctx context.Context, store calico.Store, words *words) error {
	kind, err := kindArgument(words)
	if err != nil {
		return err
	}
	name := words.arg(1)
	key, value, hasValue := strings.Cut(words.arg(2), "=")
	if key == "" || hasValue == words.has("remove") {
		return fmt.Errorf("failed to execute command: invalid label %s", words.arg(2))
	}
	resource, err := store.Read(ctx, kind, name)
	if err != nil {
		return fmt.Errorf("failed to get %s %s, error: %w", words.arg(0), name, err)
	}
	what := fmt.Sprintf("%s %s", words.arg(0), name)
	done, err := relabel(&resource.Metadata, key, value, what, words)
	if err != nil {
		return err
	}
	if err := store.Update(ctx, resource); err != nil {
		return fmt.Errorf("failed to update %s, label not changed: %w", what, err)
	}
	fmt.Println(done)
	return nil
}

func relabel(metadata *calico.Metadata, key, value, what string, words *words) (string, error) {
	_, has := metadata.Labels[key]
	switch {
	case words.has("remove") && !has:
		return "", fmt.Errorf("cannot remove label of %s, key %s does not exist", what, key)
	case words.has("remove"):
		delete(metadata.Labels, key)
		return fmt.Sprintf("Successfully removed label %s from %s", key, what), nil
	case has && !words.has("overwrite"):
		return "", fmt.Errorf("failed to update label of %s, key %s is already present. please use '--overwrite' to set a new value", what, key)
	}
	if metadata.Labels == nil {
		metadata.Labels = map[string]string{}
	}
	metadata.Labels[key] = value
	if has {
		return fmt.Sprintf("Successfully updated label %s on %s", key, what), nil
	}
	return fmt.Sprintf("Successfully set label %s on %s", key, what), nil
}
