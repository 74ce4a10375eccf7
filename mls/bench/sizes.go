package main

import (
	"fmt"
	"io"
	"runtime"

	"parley/mls"
)

// measureSaving prints what members write to their storage after the first message
// of an epoch, which takes the sender's secrets out of the group's, and after the next.
func measureSaving(out io.Writer, n int, p *ourPair) error {
	if _, _, err := adds(p, 1); err != nil { // an epoch in which nobody has sent
		return err
	}
	written(p.sender)
	written(p.receiver)
	for _, which := range []string{"first", "next"} {
		message, err := p.encrypt(make([]byte, messageSize))
		if err != nil {
			return err
		}
		if err := p.decrypt(message); err != nil {
			return err
		}
		sent, received := written(p.sender), written(p.receiver)
		cell := ""
		if n == 1000 {
			cell = fmt.Sprintf("≤ %d B%s", savedBytes, reached(max(sent, received) <= savedBytes))
		}
		if _, err := fmt.Fprintf(out, "| %d | save after the %s message, sent / received | %d B / %d B | | | %s |\n", n, which, sent, received, cell); err != nil {
			return err
		}
	}
	return nil
}

// written is how much a member saves, who then has.
func written(g *mls.Group) (bytes int) {
	for _, r := range g.ChangedRatchets() {
		bytes += len(r.Key) + len(r.Value)
	}
	g.RatchetsSaved()
	return bytes
}

// measureMemory prints how much of the heap a group takes, after garbage
// collection, for one who joins from outside and for one who restores it.
func measureMemory(out io.Writer, n int, p *ourPair) error {
	info, err := p.groupInfo()
	if err != nil {
		return err
	}
	var joined, restored *mls.Group
	join := func() error {
		j, err := mls.JoinExternal(p.stranger, info, mls.ExternalJoinOptions{Leaf: ourLeaf("stranger")})
		if err == nil {
			joined = j.Group()
		}
		return err
	}
	joinedBytes, err := heapOf(join)
	if err != nil {
		return err
	}
	state, ratchets := joined.MarshalState(), joined.Ratchets()
	restoredBytes, err := heapOf(func() (err error) {
		restored, err = mls.Restore(p.stranger, state, ratchets)
		return err
	})
	if err != nil {
		return err
	}
	cell := ""
	if n == 5000 {
		cell = fmt.Sprintf("≤ %d MiB%s", memoryBytes>>20, reached(max(joinedBytes, restoredBytes) <= memoryBytes))
	}
	runtime.KeepAlive([]any{p, joined, restored, info, state, ratchets})
	_, err = fmt.Fprintf(out, "| %d | memory of the group, joined / restored | %s / %s | | | %s |\n",
		n, mebibytes(joinedBytes), mebibytes(restoredBytes), cell)
	return err
}

func mebibytes(n uint64) string { return fmt.Sprintf("%.2f MiB", float64(n)/(1<<20)) }

// heapOf is how much memory stays in use of what make made.
func heapOf(make func() error) (uint64, error) {
	before := heap()
	err := make()
	after := heap()
	return max(after, before) - before, err
}

func heap() uint64 {
	for range 3 { // what finalizers and pools hold goes with the second
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
