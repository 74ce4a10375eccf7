package relay

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/mls/delivery"
	"parley/wire"
)

func (s *Session) publishKeyPackages(m *wire.PublishKeyPackages) (*wire.PublishKeyPackagesResult, error) {
	if len(m.OneTime) > wire.MaxOneTimeKeyPackages {
		return nil, refuse(wire.ErrorTooLarge)
	}
	r := s.relay
	var device store.Device
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		device, err = reader.FindDevice(s.who.device)
		return err
	})
	if err != nil {
		return nil, err
	}
	suite, err := checkKeyPackages(device, m)
	if err != nil {
		return nil, err
	}
	left := 0
	err = r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		left, err = tx.AddKeyPackages(s.who.device, suite, m.OneTime, m.LastResort, wire.MaxOneTimeKeyPackages)
		return err
	})
	return &wire.PublishKeyPackagesResult{Left: uint32(left)}, err
}

// checkKeyPackages refuses key packages that are not the device's own or not all
// of one cipher suite, which it returns; 0 if there are none.
func checkKeyPackages(device store.Device, m *wire.PublishKeyPackages) (suite uint16, err error) {
	all := m.OneTime
	if len(m.LastResort) > 0 {
		all = append(all[:len(all):len(all)], m.LastResort)
	}
	for _, encoded := range all {
		if len(encoded) > wire.MaxKeyPackage {
			return 0, refuse(wire.ErrorTooLarge)
		}
		k, err := delivery.ParseKeyPackage(encoded)
		if err != nil || !bytes.Equal(k.SignatureKey, device.Key) || suite != 0 && k.CipherSuite != suite {
			return 0, refuse(wire.ErrorMalformed)
		}
		suite = k.CipherSuite
	}
	return suite, nil
}

// keyPackageCounts tells a device what is left, the lowest suite first.
func keyPackageCounts(left map[uint16]int) []*wire.KeyPackageCount {
	var counts []*wire.KeyPackageCount
	for _, suite := range slices.Sorted(maps.Keys(left)) {
		counts = append(counts, &wire.KeyPackageCount{Suite: uint32(suite), Left: uint32(left[suite])})
	}
	return counts
}

// firstSuite is the cipher suite of claims that name none: there was no other.
const firstSuite = 0x0003

// claimKeyPackages takes a key package of each device of an account. Devices
// that have none of the suite that is good now are left out: they join by
// external commit.
func (s *Session) claimKeyPackages(m *wire.ClaimKeyPackages) (*wire.ClaimKeyPackagesResult, error) {
	if len(m.AccountIDs) > 0 {
		return s.claimMany(m)
	}
	account, err := ident.IDFromBytes[ident.AccountID](m.AccountID)
	if err != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	suite := cmp.Or(m.Suite, firstSuite)
	if suite > math.MaxUint16 {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	if wait := r.limits.lookUps.take(s.who.device, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	var result *wire.ClaimKeyPackagesResult
	err = r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		if _, err := tx.FindAccount(account); err != nil {
			return missing(err, wire.ErrorAccountUnknown)
		}
		result, err = claimAll(tx, account, uint16(suite), r.now())
		return err
	})
	return result, err
}

// claimMany is for those who come into a group together. It counts as a few look-ups.
func (s *Session) claimMany(m *wire.ClaimKeyPackages) (*wire.ClaimKeyPackagesResult, error) {
	accounts, err := wireAccounts(m.AccountIDs, wire.MaxGroupAdds)
	suite := cmp.Or(m.Suite, firstSuite)
	if err != nil || len(m.AccountID) > 0 || suite > math.MaxUint16 {
		return nil, errors.Join(err, refuse(wire.ErrorMalformed))
	}
	r := s.relay
	for range 1 + len(accounts)/accountsPerLookUp {
		if wait := r.limits.lookUps.take(s.who.device, r.now()); wait > 0 {
			return nil, refuseUntil(wait)
		}
	}
	result := &wire.ClaimKeyPackagesResult{}
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		result.Packages = nil
		for _, account := range accounts {
			claimed, err := claimAll(tx, account, uint16(suite), r.now())
			if err != nil {
				return err
			}
			for _, p := range claimed.Packages {
				p.AccountID = account[:]
				result.Packages = append(result.Packages, p)
			}
		}
		return nil
	})
	return result, err
}

// accountsPerLookUp is how many accounts of a group's key packages one look-up is worth.
const accountsPerLookUp = 16

func claimAll(tx store.Tx, account ident.AccountID, suite uint16, now time.Time) (*wire.ClaimKeyPackagesResult, error) {
	devices, err := tx.ListDevices(account)
	if err != nil {
		return nil, err
	}
	result := &wire.ClaimKeyPackagesResult{}
	for _, d := range devices {
		keyPackage, err := claimValid(tx, d.ID, suite, now)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		result.Packages = append(result.Packages, &wire.DeviceKeyPackage{DeviceID: d.ID[:], KeyPackage: keyPackage})
	}
	return result, nil
}

// claimValid takes a key package that is within its lifetime: nobody could add
// the device with another. One-time ones outside of theirs are gone after it.
// The error is store.ErrNotFound if the device has no valid one.
func claimValid(tx store.Tx, device ident.DeviceID, suite uint16, now time.Time) ([]byte, error) {
	left, err := tx.CountKeyPackages(device)
	if err != nil {
		return nil, err
	}
	for range left[suite] + 1 { // and the last-resort one
		keyPackage, err := tx.ClaimKeyPackage(device, suite)
		if err != nil {
			return nil, err
		}
		k, err := delivery.ParseKeyPackage(keyPackage)
		if err == nil && !now.Before(k.NotBefore) && !now.After(k.NotAfter) {
			return keyPackage, nil
		}
	}
	return nil, store.ErrNotFound
}
