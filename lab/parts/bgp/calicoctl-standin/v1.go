package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
	"sigs.k8s.io/yaml"
)

var commandsV1 = map[string]command{
	"apply":   writeV1("apply", "applied", func(found bool) error { return nil }),
	"create":  writeV1("create", "created", func(found bool) error { return unless(!found, "resource already exists") }),
	"replace": writeV1("replace", "replaced", func(found bool) error { return unless(found, "resource does not exist") }),
	"delete":  deleteV1,
	"get":     getV1,
	"config":  configV1,
	"node":    node,
	"version": versionOfV1,
}

func unless(good bool, reason string) error {
	if good {
		return nil
	}
	return errors.New(reason)
}

func versionOfV1(context.Context, *words) error {
	fmt.Printf("Client Version:    %s\nBuild date:        none: stand-in of netplay's lab\n", versionV1)
	return nil
}

func readV1(words *words) ([]*calico.ResourceV1, error) {
	documents, err := readDocuments(words)
	if err != nil {
		return nil, capital(err)
	}
	var resources []*calico.ResourceV1
	for _, document := range documents {
		resource, err := calico.ParseV1(document)
		if err != nil {
			return nil, fmt.Errorf("Failed to execute command: %w", err)
		}
		resources = append(resources, resource)
	}
	return resources, nil
}

// The older calicoctl begins its complaints with a capital letter.
func capital(err error) error {
	text := err.Error()
	return errors.New(strings.ToUpper(text[:1]) + text[1:])
}

func writeV1(verb, done string, allowed func(found bool) error) command {
	return func(ctx context.Context, words *words) error {
		client := connect(words, calico.V1)
		resources, err := readV1(words)
		if err != nil {
			return err
		}
		for _, resource := range resources {
			before, err := client.Get2(ctx, resource.Key())
			if err == nil {
				err = allowed(before != nil)
			}
			if err == nil {
				err = client.Set2(ctx, resource.Key(), resource.Value())
			}
			if err != nil {
				return fmt.Errorf("Failed to %s '%s' resource: %v", verb, resource.Kind, []error{err})
			}
		}
		fmt.Printf("Successfully %s %d '%s' resource(s)\n", done, len(resources), resources[0].Kind)
		return nil
	}
}

func deleteV1(ctx context.Context, words *words) error {
	if isNodeV1(words) {
		return deleteNodeV1(ctx, words)
	}
	client := connect(words, calico.V1)
	resources, err := namedV1(words)
	if err != nil {
		return err
	}
	for _, resource := range resources {
		found, err := client.Delete2(ctx, resource.Key())
		if err == nil && !found && !words.has("skip-not-exists") {
			err = errors.New("resource does not exist")
		}
		if err != nil {
			return fmt.Errorf("Failed to delete '%s' resource: %v", resource.Kind, []error{err})
		}
	}
	fmt.Printf("Successfully deleted %d '%s' resource(s)\n", len(resources), resources[0].Kind)
	return nil
}

func namedV1(words *words) ([]*calico.ResourceV1, error) {
	if words.has("filename") {
		return readV1(words)
	}
	resource, err := calico.NewV1(words.arg(0), words.arg(1), words.flag("node"))
	if err != nil {
		return nil, fmt.Errorf("Failed to execute command: %w", err)
	}
	return []*calico.ResourceV1{resource}, nil
}

func getV1(ctx context.Context, words *words) error {
	if isNodeV1(words) {
		return getNodesV1(ctx, words)
	}
	client := connect(words, calico.V1)
	found, err := listV1(ctx, client, words.arg(0), words.arg(1))
	if err != nil {
		return fmt.Errorf("Failed to get resources: %w", err)
	}
	switch words.flag("output") {
	case "json":
		text, _ := json.MarshalIndent(found, "", "  ")
		fmt.Println(string(text))
	case "yaml":
		text, _ := yaml.Marshal(found)
		fmt.Print(string(text))
	default:
		for _, line := range calico.TableV1(found) {
			fmt.Println(line)
		}
	}
	return nil
}

func listV1(ctx context.Context, client *etcd.Client, kind, name string) ([]*calico.ResourceV1, error) {
	folder, err := calico.FolderV1(kind)
	if err != nil {
		return nil, err
	}
	root, err := client.Get2(ctx, folder)
	if err != nil {
		return nil, err
	}
	found := []*calico.ResourceV1{}
	for key, value := range root.Leaves() {
		if resource := calico.FromV2(key, value); resource != nil && (name == "" || resource.Name() == name) {
			found = append(found, resource)
		}
	}
	slices.SortFunc(found, func(a, b *calico.ResourceV1) int { return strings.Compare(a.Key(), b.Key()) })
	if name != "" && len(found) == 0 {
		return nil, fmt.Errorf("resource does not exist: %s(%s)", kind, name)
	}
	return found, nil
}

// configV1 is `config set|get asNumber|nodeToNodeMesh|logLevel [VALUE]`.
func configV1(ctx context.Context, words *words) error {
	setting, known := calico.SettingsV1[words.arg(1)]
	if !known {
		return fmt.Errorf("Error executing command: unrecognized config name '%s'", words.arg(1))
	}
	client := connect(words, calico.V1)
	switch words.arg(0) {
	case "set":
		value, err := setting.Store(words.arg(2))
		if err != nil {
			return fmt.Errorf("Error executing command: %w", err)
		}
		return client.Set2(ctx, setting.Key, value)
	case "get":
		stored, err := client.Get2(ctx, setting.Key)
		if err != nil {
			return err
		}
		fmt.Println(setting.Show(stored))
		return nil
	}
	return errors.New("Error executing command: use config set or config get")
}
