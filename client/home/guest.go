package home

import "parley/client/rpc"

// guest is the core reached through another process.
type guest struct{ *rpc.Client }

// visit connects to the process that has the core open.
func visit(dir string) (guest, error) {
	conn, err := dial(dir)
	if err != nil {
		return guest{}, err
	}
	return guest{rpc.NewClient(conn)}, nil
}

func (g guest) gone() <-chan struct{} { return g.Done() }

func (g guest) close() error { return g.Close() }
