package main

import (
	"context"
	"errors"
	"fmt"

	"netplay/lab/parts/bgp/calico"
)

type storeAction func(calico.Store, context.Context, *calico.Resource) error

// write does the same with every resource of the file, up to the first that is refused.
func write(verb, done string, action storeAction) func(context.Context, calico.Store, *words) error {
	return func(ctx context.Context, store calico.Store, words *words) error {
		resources, err := readResources(words)
		if err != nil {
			return err
		}
		for at, resource := range resources {
			err := action(store, ctx, resource)
			if words.has("skip-exists") && errors.As(err, &calico.ExistsError{}) {
				continue
			}
			if err != nil {
				return refused(verb, done, err, at, resources)
			}
		}
		fmt.Printf("Successfully %s %d %sresource(s)\n", done, len(resources), kindOfAll(resources))
		return nil
	}
}

// calicoctl counts a resource that an update did not find among those it handled.
func refused(verb, done string, err error, handled int, all []*calico.Resource) error {
	if errors.As(err, &calico.NotFoundError{}) {
		handled++
	}
	if handled == 0 {
		return fmt.Errorf("failed to %s %sresource: [%w]", verb, kindOfAll(all), err)
	}
	fmt.Printf("Partial success: %s the first %d out of %d %sresources:\n", done, handled, len(all), kindOfAll(all))
	return fmt.Errorf("hit error: %w", err)
}

func kindOfAll(resources []*calico.Resource) string {
	for _, resource := range resources {
		if resource.Kind != resources[0].Kind {
			return ""
		}
	}
	return fmt.Sprintf("'%s' ", resources[0].Kind)
}

// remove deletes what is named on the command line or in a file.
func remove(ctx context.Context, store calico.Store, words *words) error {
	named, err := namedResources(words)
	if err != nil {
		return err
	}
	for _, resource := range named {
		err := removeOne(ctx, store, resource)
		if words.has("skip-not-exists") && errors.As(err, &calico.NotFoundError{}) {
			continue
		}
		if err != nil {
			return fmt.Errorf("Failed to delete '%s' resource: %w\n", resource.Kind, err)
		}
	}
	fmt.Printf("Successfully deleted %d %sresource(s)\n", len(named), kindOfAll(named))
	return nil
}

func removeOne(ctx context.Context, store calico.Store, resource *calico.Resource) error {
	if resource.Kind == "Node" {
		return store.RemoveNode(ctx, resource.Metadata.Name)
	}
	return store.Remove(ctx, calico.KindOf(resource.Kind), resource.Metadata.Name)
}

func namedResources(words *words) ([]*calico.Resource, error) {
	if words.has("filename") {
		return readResources(words)
	}
	kind, err := kindArgument(words)
	if err != nil {
		return nil, err
	}
	if len(words.args) < 2 {
		return nil, fmt.Errorf("resource name must be specified")
	}
	var named []*calico.Resource
	for _, name := range words.args[1:] {
		resource := kind.New()
		resource.Metadata.Name = name
		named = append(named, resource)
	}
	return named, nil
}

func kindArgument(words *words) (*calico.Kind, error) {
	kind := calico.KindOf(words.arg(0))
	if kind == nil {
		return nil, fmt.Errorf("failed to execute command: resource type '%s' is not supported", words.arg(0))
	}
	return kind, nil
}
