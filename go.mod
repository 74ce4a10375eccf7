module parley

go 1.26

ignore ./web/node_modules

require google.golang.org/protobuf v1.36.11
