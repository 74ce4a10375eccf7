package store

// KeyPackage is the private half of a key package at the relay.
type KeyPackage struct {
	Ref []byte
	// Suite is its MLS cipher suite.
	Suite      uint16
	Bundle     []byte
	LastResort bool
	// Created, Unix milliseconds.
	Created int64
}

// CreateKeyPackage stores one.
func (tx *Tx) CreateKeyPackage(k KeyPackage) error {
	return tx.exec("INSERT INTO key_package (ref, suite, bundle, last_resort, created) VALUES (?, ?, ?, ?, ?)",
		k.Ref, k.Suite, k.Bundle, k.LastResort, k.Created)
}

// FindKeyPackage returns nil if there is none with this reference.
func (tx *Tx) FindKeyPackage(ref []byte) (*KeyPackage, error) {
	k := &KeyPackage{Ref: ref}
	found, err := tx.one("SELECT suite, bundle, last_resort, created FROM key_package WHERE ref = ?", []any{ref}, &k.Suite, &k.Bundle, &k.LastResort, &k.Created)
	if err != nil || !found {
		return nil, err
	}
	return k, nil
}

// DeleteKeyPackage forgets one that was used.
func (tx *Tx) DeleteKeyPackage(ref []byte) error {
	return tx.exec("DELETE FROM key_package WHERE ref = ?", ref)
}

// DeleteKeyPackagesBefore forgets those created before a time, in Unix
// milliseconds: nobody may use them any more.
func (tx *Tx) DeleteKeyPackagesBefore(created int64) error {
	return tx.exec("DELETE FROM key_package WHERE created < ?", created)
}

// LatestLastResort returns when the newest key package of last resort of a suite
// was created, 0 if there is none.
func (tx *Tx) LatestLastResort(suite uint16) (created int64, err error) {
	_, err = tx.one("SELECT coalesce(max(created), 0) FROM key_package WHERE last_resort AND suite = ?", []any{suite}, &created)
	return created, err
}
