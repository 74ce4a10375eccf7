module parley/mls/bench

go 1.26.0

require (
	github.com/thomas-vilte/mls-go v1.6.0
	parley v0.0.0
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace parley => ../..
