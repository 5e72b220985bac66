package main

import (
	"net/netip"
	"strings"
	"testing"
)

func classicKeys(peerAS string) map[string]string {
	return map[string]string{
		"/calico/bgp/v1/global/as_num":               "64512",
		"/calico/bgp/v1/global/peer_v4/198.18.0.19":  `{"ip":"198.18.0.19","as_num":"` + peerAS + `"}`,
		"/calico/bgp/v1/global/node_mesh":            `{"enabled":false}`,
		"/calico/bgp/v1/rr_v4/198.18.0.19":           `{"ip":"198.18.0.19","cluster_id":"1.0.0.2"}`,
		"/calico/bgp/v1/rr_v4/198.18.0.20":           `{"ip":"198.18.0.20","cluster_id":"1.0.0.2"}`,
		"/calico/bgp/v1/host/n1/ip_addr_v4":          "198.18.0.11",
		"/calico/bgp/v1/host/n2/ip_addr_v4":          "198.18.0.12",
		"/calico/bgp/v1/host/n2/peer_v4/198.18.0.30": `{"ip":"198.18.0.30","as_num":"65030"}`,
	}
}

func TestAReflectorSpeaksToEveryHostAndEveryOtherReflector(t *testing.T) {
	text := reflectorConfig(classicKeys("64512"), netip.MustParseAddr("198.18.0.19"))
	for _, want := range []string{
		"protocol bgp Global_198_18_0_11 from bgp_template {\n  local as 64512;\n  neighbor 198.18.0.11 as 64512;\n  rr client;\n  rr cluster id 1.0.0.2;\n}",
		"protocol bgp Global_198_18_0_12 ",
		"protocol bgp Mesh_198_18_0_20 from bgp_template {\n  local as 64512;\n  neighbor 198.18.0.20 as 64512;\n}",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestAReflectorSpeaksWithThePeersNumberAndExpectsTheHosts(t *testing.T) {
	text := reflectorConfig(classicKeys("64567"), netip.MustParseAddr("198.18.0.19"))
	if !strings.Contains(text, "local as 64567;\n  neighbor 198.18.0.11 as 64512;\n  rr client;") {
		t.Errorf("numbers are not as in v0.4:\n%s", text)
	}
}

func TestHostsOfTheClassicGenerationSpeakToGlobalPeersAndTheirOwn(t *testing.T) {
	var names []string
	for _, session := range viewOfV2(classicKeys("64512"), "n2").sessions() {
		names = append(names, session.name())
	}
	if got := strings.Join(names, " "); got != "Global_198_18_0_19 Node_198_18_0_30" {
		t.Errorf("n2 has %s", got)
	}
}
