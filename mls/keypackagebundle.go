package mls

import (
	"fmt"
	"io"

	"parley/mls/internal/codec"
)

// bundleVersion is the first byte of a saved bundle.
const bundleVersion = 1

// MarshalPrivate encodes the bundle, private keys included, for the device's
// own storage. Delete it once used, unless it is of last resort.
func (b *KeyPackageBundle) MarshalPrivate() []byte {
	var w codec.Writer
	w.Uint8(bundleVersion)
	w.Vector(b.keyPackage.marshal())
	w.Vector(b.initKey)
	w.Vector(b.leafKey)
	return w.Data()
}

// ParseKeyPackageBundle decodes what MarshalPrivate made. Errors: ErrState.
func ParseKeyPackageBundle(data []byte) (*KeyPackageBundle, error) {
	r := codec.NewReader(append([]byte(nil), data...))
	version := r.Uint8()
	inner := codec.NewReader(r.Vector())
	b := &KeyPackageBundle{keyPackage: readKeyPackage(inner), initKey: r.Vector(), leafKey: r.Vector()}
	if version != bundleVersion || inner.End() != nil || r.End() != nil || !b.keyPackage.CipherSuite.Supported() {
		return nil, fail(ErrState, "key package bundle")
	}
	return b, nil
}

const redactedBundle = "mls.KeyPackageBundle{redacted}"

func (KeyPackageBundle) String() string             { return redactedBundle }
func (KeyPackageBundle) GoString() string           { return redactedBundle }
func (KeyPackageBundle) Format(f fmt.State, _ rune) { io.WriteString(f, redactedBundle) }
