// Package calico knows calico's resources as they lie in etcd: their forms, their checks, their keys.
package calico

import (
	"errors"
	"fmt"
	"os"

	"netplay/lab/parts/bgp/etcd"
	"sigs.k8s.io/yaml"
)

// DefaultConfig is the file that calicoctl reads unless --config names another.
const DefaultConfig = "/etc/calico/calicoctl.cfg"

// Generation is the line of calico: V3 keeps resources in etcd v3, V1 (calico 2.x) in etcd v2.
type Generation int

const (
	V3 Generation = iota
	V1
)

type configFile struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       configSpec     `json:"spec"`
}

type configSpec struct {
	DatastoreType string `json:"datastoreType,omitempty"`
	EtcdEndpoints string `json:"etcdEndpoints,omitempty"`
	EtcdUsername  string `json:"etcdUsername,omitempty"`
	EtcdPassword  string `json:"etcdPassword,omitempty"`
	EtcdKeyFile   string `json:"etcdKeyFile,omitempty"`
	EtcdCertFile  string `json:"etcdCertFile,omitempty"`
	EtcdCACert    string `json:"etcdCACertFile,omitempty"`
}

// ErrNoConfigFile: a file was named and is not there.
var ErrNoConfigFile = errors.New("no such config file")

// LoadConfig reads calicoctl's configuration: the file where there is one, else the environment, never both.
// Source: networking.md 2.3 item 2 and 1.8.
func LoadConfig(path string, generation Generation) (etcd.Config, error) {
	if path == "" {
		path = DefaultConfig
	}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) && path == DefaultConfig {
		return fromEnvironment(generation)
	}
	if err != nil {
		return etcd.Config{}, ErrNoConfigFile
	}
	return parseConfig(text, generation)
}

func parseConfig(text []byte, generation Generation) (etcd.Config, error) {
	var file configFile
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		return etcd.Config{}, err
	}
	version, kind := "projectcalico.org/v3", "CalicoAPIConfig"
	if generation == V1 {
		version, kind = "v1", "calicoApiConfig"
	}
	if file.APIVersion != version {
		return etcd.Config{}, fmt.Errorf("invalid config file: unknown APIVersion '%s'", file.APIVersion)
	}
	if file.Kind != kind {
		return etcd.Config{}, fmt.Errorf("invalid config file: expected kind '%s', got '%s'", kind, file.Kind)
	}
	return file.Spec.etcd(generation)
}

func (s configSpec) etcd(generation Generation) (etcd.Config, error) {
	if s.EtcdEndpoints == "" && generation == V3 {
		return etcd.Config{}, errKubernetes
	}
	if s.EtcdEndpoints == "" {
		s.EtcdEndpoints = "http://127.0.0.1:2379"
	}
	return etcd.Config{Endpoints: s.EtcdEndpoints, CAFile: s.EtcdCACert, CertFile: s.EtcdCertFile, KeyFile: s.EtcdKeyFile}, nil
}

// Without endpoints calicoctl v3 means the Kubernetes datastore, which the stand-ins do not have.
var errKubernetes = errors.New("invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable")

func fromEnvironment(generation Generation) (etcd.Config, error) {
	spec := configSpec{
		EtcdEndpoints: EnvOf("ETCD_ENDPOINTS"),
		EtcdKeyFile:   EnvOf("ETCD_KEY_FILE"),
		EtcdCertFile:  EnvOf("ETCD_CERT_FILE"),
		EtcdCACert:    EnvOf("ETCD_CA_CERT_FILE"),
	}
	return spec.etcd(generation)
}

// EnvConfig is the configuration of calico/node and its like, which know the environment alone.
func EnvConfig(generation Generation) (etcd.Config, error) { return fromEnvironment(generation) }

// EnvOf gives a variable by its name, or by that name with CALICO_ before it.
func EnvOf(name string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return os.Getenv("CALICO_" + name)
}
