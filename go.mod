module parley

go 1.26.0

ignore ./web/node_modules

require google.golang.org/protobuf v1.36.11

require (
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0 // indirect
)
