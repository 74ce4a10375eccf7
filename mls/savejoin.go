package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

// MarshalState encodes an external join that waits for the delivery service,
// with the private keys of the group as it will be. Save it before Commit is
// sent: the group cannot be made a second time.
func (j *ExternalJoin) MarshalState() []byte {
	w := codec.NewWriter(4096)
	w.Uint8(stateVersion)
	w.Vector(j.Commit)
	w.Vector(j.GroupInfo)
	w.Vector(j.group.MarshalState())
	w.Nested(func(w *codec.Writer) {
		for _, r := range j.group.Ratchets() {
			w.Vector(r.Key)
			w.Vector(r.Value)
		}
	})
	return w.Data()
}

// RestoreExternalJoin brings back what MarshalState saved. All records of its
// Group are still to be saved. Errors: ErrState, ErrConfig.
func RestoreExternalJoin(cfg Config, data []byte) (*ExternalJoin, error) {
	r := codec.NewReader(bytes.Clone(data))
	if r.Uint8() != stateVersion {
		return nil, fail(ErrState, "version of the external join")
	}
	j := &ExternalJoin{Commit: r.Vector(), GroupInfo: r.Vector()}
	state := r.Vector()
	var records []RatchetRecord
	r.Each(func(r *codec.Reader) { records = append(records, RatchetRecord{Key: r.Vector(), Value: r.Vector()}) })
	if r.End() != nil {
		return nil, fail(ErrState, "external join")
	}
	var err error
	if j.group, err = Restore(cfg, state, records); err != nil {
		return nil, err
	}
	for _, id := range j.group.ratchets.records() {
		j.group.ratchets.unsaved.add(id)
	}
	return j, nil
}
