package calico

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"netplay/lab/parts/bgp/etcd"
)

// Prefix of all of calico's keys, in both generations of etcd's API.
const Prefix = "/calico/"

const resources = Prefix + "resources/v3/projectcalico.org/"

// Store keeps resources in etcd v3 as calico does: the JSON without its resourceVersion, which is the key's mod revision.
type Store struct {
	*etcd.Client
}

// What can be wrong with a resource, in calico's words.
type (
	NotFoundError struct{ Kind, Name string }
	ExistsError   struct{ Kind, Name string }
	ConflictError struct{ Kind, Name string }
)

func (e NotFoundError) Error() string {
	return fmt.Sprintf("resource does not exist: %s(%s) with error: <nil>", e.Kind, e.Name)
}
func (e ExistsError) Error() string {
	return fmt.Sprintf("resource already exists: %s(%s)", e.Kind, e.Name)
}
func (e ConflictError) Error() string {
	return fmt.Sprintf("update conflict: %s(%s)", e.Kind, e.Name)
}

func (k *Kind) key(name string) string { return resources + k.Plural + "/" + name }

// Read gives one resource. @errors NotFoundError
func (s Store) Read(ctx context.Context, kind *Kind, name string) (*Resource, error) {
	kv, _, err := s.Get(ctx, kind.key(name))
	if err != nil {
		return nil, err
	}
	if kv == nil {
		return nil, NotFoundError{kind.Name, name}
	}
	return kind.fromKV(*kv)
}

// ReadAll gives every resource of a kind, in order of name, and the store's revision.
func (s Store) ReadAll(ctx context.Context, kind *Kind) ([]*Resource, int64, error) {
	kvs, revision, err := s.List(ctx, kind.key(""))
	if err != nil {
		return nil, 0, err
	}
	found := make([]*Resource, 0, len(kvs))
	for _, kv := range kvs {
		resource, err := kind.fromKV(kv)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, resource)
	}
	return found, revision, nil
}

func (k *Kind) fromKV(kv etcd.KV) (*Resource, error) {
	resource, err := k.Decode(kv.Value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kv.Key, err)
	}
	resource.Metadata.ResourceVersion = strconv.FormatInt(kv.ModRevision, 10)
	return resource, nil
}

// Create writes a new resource, and gives it its uid and time. @errors ExistsError, FieldErrors
func (s Store) Create(ctx context.Context, resource *Resource) error {
	kind, err := s.check(ctx, resource, nil)
	if err != nil {
		return err
	}
	resource.Metadata.UID = newUID()
	resource.Metadata.CreationTimestamp = time.Now().UTC().Format(time.RFC3339)
	revision, ok, err := s.Put(ctx, kind.key(resource.Metadata.Name), resource.stored(), 0)
	if err == nil && !ok {
		return ExistsError{kind.Name, resource.Metadata.Name}
	}
	resource.Metadata.ResourceVersion = strconv.FormatInt(revision, 10)
	return err
}

// Update writes the whole resource over the one that is there. With a resourceVersion it is a compare-and-swap.
// @errors NotFoundError, ConflictError, FieldErrors
func (s Store) Update(ctx context.Context, resource *Resource) error {
	kind := KindOf(resource.Kind)
	before, err := s.Read(ctx, kind, resource.Metadata.Name)
	if err != nil {
		return err
	}
	if _, err := s.check(ctx, resource, before); err != nil {
		return err
	}
	if resource.Metadata.ResourceVersion == "" {
		resource.Metadata.ResourceVersion = before.Metadata.ResourceVersion
	}
	resource.Metadata.UID = before.Metadata.UID
	resource.Metadata.CreationTimestamp = before.Metadata.CreationTimestamp
	expected, err := strconv.ParseInt(resource.Metadata.ResourceVersion, 10, 64)
	if err != nil {
		return FieldErrors{{"ResourceVersion", resource.Metadata.ResourceVersion, "cannot be parsed"}}
	}
	revision, ok, err := s.Put(ctx, kind.key(resource.Metadata.Name), resource.stored(), expected)
	if err == nil && !ok {
		return ConflictError{kind.Name, resource.Metadata.Name}
	}
	resource.Metadata.ResourceVersion = strconv.FormatInt(revision, 10)
	return err
}

// Apply updates, or creates what is not there.
func (s Store) Apply(ctx context.Context, resource *Resource) error {
	err := s.Update(ctx, resource)
	if errors.As(err, &NotFoundError{}) {
		return s.Create(ctx, resource)
	}
	return err
}

// Remove deletes a resource. @errors NotFoundError
func (s Store) Remove(ctx context.Context, kind *Kind, name string) error {
	if _, err := s.Read(ctx, kind, name); err != nil {
		return err
	}
	_, err := s.Delete(ctx, kind.key(name), -1)
	return err
}

// check fills in defaults and refuses what calico refuses; before is what an update finds.
func (s Store) check(ctx context.Context, resource, before *Resource) (*Kind, error) {
	kind := KindOf(resource.Kind)
	if err := kind.Validate(resource); err != nil {
		return nil, err
	}
	if kind.setUp != nil {
		kind.setUp(resource.Spec)
	}
	if kind.Name == "IPPool" {
		return kind, s.checkPool(ctx, resource, before)
	}
	return kind, nil
}

func (r *Resource) stored() string {
	bare := *r
	bare.Metadata.ResourceVersion = ""
	text, _ := json.Marshal(bare)
	return string(text)
}

func newUID() string {
	bytes := make([]byte, 16)
	_, _ = rand.Read(bytes)
	bytes[6], bytes[8] = bytes[6]&0x0f|0x40, bytes[8]&0x3f|0x80
	return strings.Join([]string{
		fmt.Sprintf("%x", bytes[:4]), fmt.Sprintf("%x", bytes[4:6]), fmt.Sprintf("%x", bytes[6:8]),
		fmt.Sprintf("%x", bytes[8:10]), fmt.Sprintf("%x", bytes[10:]),
	}, "-")
}
