package app

import (
	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
)

// auditKey is the key of the audit chain, which only this device can derive.
func auditKey(v *vault.Vault) []byte { return v.Key("audit", 32) }

// FsckAudit verifies the chain of what people did at a stopped venue, in the
// store as it lies there. Faults: supervise.audit.broken, exam.vault.key, those
// of the configuration and of the store.
func FsckAudit(c Config) (audit.Chain, error) {
	var chain audit.Chain
	n, err := loadNode(c)
	if err != nil {
		return chain, err
	}
	err = store.Look(c.storeDir(), func(r store.Reader) error {
		v, err := vault.Existing(r, n.key)
		if err != nil || v == nil {
			return err
		}
		chain, err = audit.New(auditKey(v)).Walk(r)
		return err
	})
	return chain, err
}
