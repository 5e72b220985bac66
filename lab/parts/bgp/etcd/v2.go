package etcd

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Node is a key of the v2 store, with what is below it when it is a folder.
type Node struct {
	Key           string `json:"key"`
	Value         string `json:"value"`
	Dir           bool   `json:"dir"`
	Nodes         []Node `json:"nodes"`
	ModifiedIndex uint64 `json:"modifiedIndex"`
}

// V2Error is what the v2 API answers when it refuses.
type V2Error struct {
	Code    int    `json:"errorCode"`
	Message string `json:"message"`
	Cause   string `json:"cause"`
}

func (e *V2Error) Error() string { return fmt.Sprintf("%d: %s (%s)", e.Code, e.Message, e.Cause) }

// Codes of the v2 API: the key is not there, is not as it was expected, or already is there.
const (
	v2NotFound = 100
	v2Moved    = 101
	v2Exists   = 105
)

func (c *Client) v2(ctx context.Context, method, key string, query, form url.Values) (*Node, error) {
	path := "/v2/keys" + (&url.URL{Path: key}).EscapedPath() + "?" + query.Encode()
	response, err := c.request(ctx, method, path, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	var answer struct {
		V2Error
		Node Node `json:"node"`
	}
	if err := readJSON(response, &answer); err != nil {
		return nil, err
	}
	if answer.Code != 0 {
		return nil, &answer.V2Error
	}
	return &answer.Node, nil
}

// Get2 gives a key with all below it, nil when there is none.
func (c *Client) Get2(ctx context.Context, key string) (*Node, error) {
	node, err := c.v2(ctx, http.MethodGet, key, url.Values{"recursive": {"true"}, "quorum": {"true"}}, nil)
	if refused, is := err.(*V2Error); is && refused.Code == v2NotFound {
		return nil, nil
	}
	return node, err
}

// Set2 writes a key.
func (c *Client) Set2(ctx context.Context, key, value string) error {
	_, err := c.v2(ctx, http.MethodPut, key, nil, url.Values{"value": {value}})
	return err
}

// Create2 writes a key that must not exist; false when it does.
func (c *Client) Create2(ctx context.Context, key, value string) (bool, error) {
	_, err := c.v2(ctx, http.MethodPut, key, url.Values{"prevExist": {"false"}}, url.Values{"value": {value}})
	if refused, is := err.(*V2Error); is && refused.Code == v2Exists {
		return false, nil
	}
	return err == nil, err
}

// Swap2 writes a key if it was last modified at that index, 0 for one that must not exist; false when it was not.
func (c *Client) Swap2(ctx context.Context, key, value string, index uint64) (bool, error) {
	if index == 0 {
		return c.Create2(ctx, key, value)
	}
	_, err := c.v2(ctx, http.MethodPut, key, url.Values{"prevIndex": {strconv.FormatUint(index, 10)}}, url.Values{"value": {value}})
	if refused, is := err.(*V2Error); is && (refused.Code == v2Moved || refused.Code == v2NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Delete2 removes a key; false when there was none.
func (c *Client) Delete2(ctx context.Context, key string) (bool, error) {
	_, err := c.v2(ctx, http.MethodDelete, key, nil, nil)
	if refused, is := err.(*V2Error); is && refused.Code == v2NotFound {
		return false, nil
	}
	return err == nil, err
}

// DeleteFolder2 removes a folder with all below it; none is fine.
func (c *Client) DeleteFolder2(ctx context.Context, key string) error {
	_, err := c.v2(ctx, http.MethodDelete, key, url.Values{"recursive": {"true"}, "dir": {"true"}}, nil)
	if refused, is := err.(*V2Error); is && refused.Code == v2NotFound {
		return nil
	}
	return err
}

// Leaves gives every key below a node that is no folder: whole key -> value.
func (n *Node) Leaves() map[string]string {
	leaves := map[string]string{}
	var walk func(*Node)
	walk = func(each *Node) {
		if !each.Dir {
			leaves[each.Key] = each.Value
		}
		for i := range each.Nodes {
			walk(&each.Nodes[i])
		}
	}
	if n != nil {
		walk(n)
	}
	return leaves
}
