package store

import (
	"encoding/json"
	"fmt"
)

// Load reads a JSON value; false when there is none.
func Load[T any](r Reader, bucket, key string) (T, bool, error) {
	var v T
	raw := r.peek(bucket, key)
	if raw == nil {
		return v, false, nil
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, false, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	return v, true, nil
}

// Save stores v as JSON.
func Save[T any](tx *Tx, bucket, key string, v T) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", bucket, err)
	}
	tx.Put(bucket, key, raw)
	return nil
}

// All reads every value whose key has the prefix, in key order.
func All[T any](r Reader, bucket, prefix string) ([]T, error) {
	out := []T{}
	err := r.Scan(bucket, prefix, func(_ string, raw []byte) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("bucket %s: %w", bucket, err)
		}
		out = append(out, v)
		return nil
	})
	return out, err
}
