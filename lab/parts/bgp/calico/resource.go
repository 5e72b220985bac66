package calico

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// APIVersion of every resource of calico v3.
const APIVersion = "projectcalico.org/v3"

// Metadata in the order in which calicoctl prints it.
type Metadata struct {
	Name              string            `json:"name,omitempty"`
	UID               string            `json:"uid,omitempty"`
	ResourceVersion   string            `json:"resourceVersion,omitempty"`
	CreationTimestamp string            `json:"creationTimestamp,omitempty"`
	Labels            map[string]string `json:"labels,omitempty"`
	Annotations       map[string]string `json:"annotations,omitempty"`
}

// Resource is one resource of any kind; Spec points to the struct of its kind.
type Resource struct {
	Kind       string   `json:"kind"`
	APIVersion string   `json:"apiVersion"`
	Metadata   Metadata `json:"metadata"`
	Spec       any      `json:"spec"`
	Status     any      `json:"status,omitempty"`
}

// Kind is what calicoctl knows of a kind of resources.
type Kind struct {
	Name    string
	Plural  string
	Aliases []string
	newSpec func() any
	// Only Node has one, and shows it empty.
	newStatus func() any
	validate  func(spec any) []FieldError
	setUp     func(spec any)
	// Columns of `get` and `get -o wide`.
	Columns, Wide []Column
}

// Column of a table of resources.
type Column struct {
	Title string
	Value func(*Resource) string
}

// KindOf finds a kind by any name that calicoctl takes, in any case.
func KindOf(name string) *Kind {
	lower := strings.ToLower(name)
	for i := range Kinds {
		kind := &Kinds[i]
		names := append([]string{strings.ToLower(kind.Name), kind.Plural}, kind.Aliases...)
		for _, each := range names {
			if each == lower {
				return kind
			}
		}
	}
	return nil
}

// New is an empty resource of the kind.
func (k *Kind) New() *Resource {
	resource := &Resource{Kind: k.Name, APIVersion: APIVersion, Spec: k.newSpec()}
	if k.newStatus != nil {
		resource.Status = k.newStatus()
	}
	return resource
}

// Parse reads one resource, refusing fields that its kind does not have. As Go's own JSON it takes a known field in the wrong case.
func Parse(document []byte) (*Resource, error) {
	var head struct {
		Kind       string `json:"kind"`
		APIVersion string `json:"apiVersion"`
	}
	if err := json.Unmarshal(document, &head); err != nil {
		return nil, fmt.Errorf("error parsing document: %v", err)
	}
	kind := KindOf(head.Kind)
	if kind == nil || kind.Name != head.Kind || head.APIVersion != APIVersion {
		return nil, fmt.Errorf("unknown resource type (%s) and/or version (%s)", head.Kind, head.APIVersion)
	}
	resource := kind.New()
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(resource); err != nil {
		return nil, fmt.Errorf("error parsing document: %w", inCalicosWords(err, document))
	}
	if resource.Spec == nil {
		resource.Spec = kind.newSpec()
	}
	return resource, nil
}

func inCalicosWords(err error, document []byte) error {
	if _, field, is := strings.Cut(err.Error(), "json: unknown field "); is {
		return fmt.Errorf("field in document is not recognized or is in the wrong location: %s", strings.Trim(field, `"`))
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	words := strings.Split(wrong.Field, ".")
	return fmt.Errorf("cannot parse %s '%s' into field %s.%s of type %s",
		wrong.Value, valueAt(document, words), wrong.Struct, words[len(words)-1], wrong.Type)
}

func valueAt(document []byte, words []string) string {
	var at any
	_ = json.Unmarshal(document, &at)
	for _, word := range words {
		inner, is := at.(map[string]any)
		if !is {
			break
		}
		at = inner[word]
	}
	return fmt.Sprint(at)
}

// Decode reads a resource from the store, where fields of newer versions may lie.
func (k *Kind) Decode(value []byte) (*Resource, error) {
	resource := k.New()
	err := json.Unmarshal(value, resource)
	return resource, err
}

// FieldError is a field that is refused.
type FieldError struct {
	Name, Value, Reason string
}

// FieldErrors reads as calico's own.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	if len(e) == 1 {
		return "error with field " + e[0].text()
	}
	text := "error with the following fields:\n"
	for _, each := range e {
		text += "-  " + each.text() + "\n"
	}
	return text
}

func (e FieldError) text() string { return fmt.Sprintf("%s = '%s' (%s)", e.Name, e.Value, e.Reason) }

func tagged(field, value, tag string) FieldError {
	return FieldError{field, value, fmt.Sprintf("Reason: failed to validate Field: %s because of Tag: %s ", field, tag)}
}
