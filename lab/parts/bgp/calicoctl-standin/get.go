package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"netplay/lab/parts/bgp/calico"
	"sigs.k8s.io/yaml"
)

type resourceList struct {
	Kind       string             `json:"kind"`
	APIVersion string             `json:"apiVersion"`
	Metadata   calico.Metadata    `json:"metadata"`
	Items      []*calico.Resource `json:"items"`
}

// get prints resources of one kind; with names, those. What does not exist is `null` where JSON or YAML is asked for.
func get(ctx context.Context, store calico.Store, words *words) error {
	kind, err := kindArgument(words)
	if err != nil {
		return err
	}
	if len(words.args) < 2 {
		found, revision, err := store.ReadAll(ctx, kind)
		if err != nil {
			return err
		}
		metadata := calico.Metadata{ResourceVersion: strconv.FormatInt(revision, 10)}
		list := resourceList{Kind: kind.Name + "List", APIVersion: calico.APIVersion, Metadata: metadata, Items: found}
		return show(kind, words, list, found)
	}
	var found []*calico.Resource
	var missing error
	for _, name := range words.args[1:] {
		resource, err := store.Read(ctx, kind, name)
		if errors.As(err, &calico.NotFoundError{}) {
			missing = err
			continue
		}
		if err != nil {
			return err
		}
		found = append(found, exported(resource, words))
	}
	if missing != nil && len(found) == 0 && isTable(words) {
		return missing
	}
	if err := show(kind, words, oneOrAll(found), found); err != nil {
		return err
	}
	return missing
}

func isTable(words *words) bool {
	output := words.flag("output")
	return output != "json" && output != "yaml"
}

// --export leaves a single resource without what the store gave it; a list keeps it.
func exported(resource *calico.Resource, words *words) *calico.Resource {
	if words.has("export") {
		resource.Metadata.UID, resource.Metadata.ResourceVersion, resource.Metadata.CreationTimestamp = "", "", ""
	}
	return resource
}

func oneOrAll(found []*calico.Resource) any {
	switch len(found) {
	case 0:
		return nil
	case 1:
		return found[0]
	}
	return found
}

func show(kind *calico.Kind, words *words, value any, rows []*calico.Resource) error {
	switch output := words.flag("output"); output {
	case "json":
		text, err := json.MarshalIndent(value, "", "  ")
		fmt.Println(string(text))
		return err
	case "yaml":
		text, err := yaml.Marshal(value)
		fmt.Print(string(text))
		return err
	case "", "ps":
		return table(kind.Columns, rows)
	case "wide":
		columns := kind.Wide
		if columns == nil {
			columns = kind.Columns
		}
		return table(columns, rows)
	default:
		return fmt.Errorf("unrecognized output format '%s'", output)
	}
}

func table(columns []calico.Column, rows []*calico.Resource) error {
	writer := tabwriter.NewWriter(os.Stdout, 5, 1, 3, ' ', 0)
	line := func(of func(calico.Column) string) {
		var cells strings.Builder
		for _, column := range columns {
			cells.WriteString(of(column) + "\t")
		}
		fmt.Fprintln(writer, cells.String())
	}
	line(func(column calico.Column) string { return column.Title })
	for _, row := range rows {
		line(func(column calico.Column) string { return column.Value(row) })
	}
	fmt.Fprintln(writer)
	return writer.Flush()
}
