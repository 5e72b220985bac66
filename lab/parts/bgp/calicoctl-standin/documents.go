package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"netplay/lab/parts/bgp/calico"
	"sigs.k8s.io/yaml"
)

// readDocuments gives the JSON of every resource in a file (or standard input): documents of YAML, and the items of lists.
func readDocuments(words *words) ([][]byte, error) {
	file := words.flag("filename")
	if file == "" {
		return nil, errors.New("no file: use -f")
	}
	text, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("failed to execute command: %w", err)
	}
	var documents [][]byte
	for _, part := range bytes.Split(append([]byte("\n"), text...), []byte("\n---")) {
		document, err := yaml.YAMLToJSON(part)
		if err != nil {
			return nil, fmt.Errorf("failed to execute command: error parsing document: %w", err)
		}
		if string(document) != "null" {
			documents = append(documents, itemsOf(document)...)
		}
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("no resources specified in file %s", file)
	}
	return documents, nil
}

func readFile(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

func itemsOf(document []byte) [][]byte {
	var list struct {
		Items []map[string]any `json:"items"`
	}
	if yaml.Unmarshal(document, &list) != nil || list.Items == nil {
		return [][]byte{document}
	}
	var items [][]byte
	for _, item := range list.Items {
		text, _ := yaml.Marshal(item)
		json, _ := yaml.YAMLToJSON(text)
		items = append(items, json)
	}
	return items
}

func readResources(words *words) ([]*calico.Resource, error) {
	documents, err := readDocuments(words)
	if err != nil {
		return nil, err
	}
	var resources []*calico.Resource
	for _, document := range documents {
		resource, err := calico.Parse(document)
		if err != nil {
			return nil, fmt.Errorf("failed to execute command: %w", err)
		}
		resources = append(resources, resource)
	}
	return resources, nil
}
