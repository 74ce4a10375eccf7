package mls

import (
	"fmt"
	"testing"
)

// benchGroup is a group of n of which two members are present: the first, who
// added all others at once, and the second.
func benchGroup(b testing.TB, n int) ([]*person, []*Group) {
	b.Helper()
	people := []*person{newPerson(b, DefaultSuite, "first"), newPerson(b, DefaultSuite, "second")}
	bundle := people[1].keyPackage(b, DefaultSuite)
	opt := CommitOptions{Add: [][]byte{bundle.Message()}}
	for i := 2; i < n; i++ {
		opt.Add = append(opt.Add, newPerson(b, DefaultSuite, fmt.Sprint("other ", i)).keyPackage(b, DefaultSuite).Message())
	}
	first := people[0].found(b, DefaultSuite)
	result := must[*CommitResult](b)(first.Commit(opt))
	if err := first.MergePendingCommit(); err != nil {
		b.Fatal(err)
	}
	second, _, err := JoinWelcome(people[1].cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return people, []*Group{first, second}
}

func eachSize(b *testing.B, run func(*testing.B, []*person, []*Group)) {
	for _, n := range []int{2, 100, 1000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			people, groups := benchGroup(b, n)
			b.ReportAllocs()
			b.ResetTimer()
			run(b, people, groups)
		})
	}
}

// reportCPU begins to count CPU time, which tells more than the time on the clock
// where a machine is busy; the result reports it.
func reportCPU(b *testing.B) func() {
	b.StopTimer()
	defer b.StartTimer()
	before := cpuTime(b)
	return func() {
		b.StopTimer()
		if used := cpuTime(b) - before; used > 0 {
			b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(b.N)/used.Seconds(), "op/cpu-s")
		}
	}
}

func BenchmarkEncrypt(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		text := make([]byte, 200)
		defer reportCPU(b)()
		for range b.N {
			must[[]byte](b)(groups[0].Encrypt(text, nil))
		}
	})
}

func BenchmarkDecrypt(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		messages := make([][]byte, b.N)
		for i := range messages {
			messages[i] = must[[]byte](b)(groups[0].Encrypt(make([]byte, 200), nil))
		}
		b.ResetTimer()
		defer reportCPU(b)()
		for _, message := range messages {
			must[*Received](b)(groups[1].Process(message))
		}
	})
}

// BenchmarkSaveMessage is what saving after each message takes and writes.
func BenchmarkSaveMessage(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		var v vault
		v.save(groups[0])
		written := 0
		for range b.N {
			b.StopTimer()
			must[[]byte](b)(groups[0].Encrypt(nil, nil))
			b.StartTimer()
			for _, r := range groups[0].ChangedRatchets() {
				written += len(r.Key) + len(r.Value)
			}
			groups[0].RatchetsSaved()
		}
		b.ReportMetric(float64(written)/float64(b.N), "bytes/op")
	})
}

func BenchmarkMarshalState(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		b.ReportMetric(float64(len(groups[0].MarshalState())), "bytes")
		for range b.N {
			groups[0].MarshalState()
		}
	})
}

func BenchmarkRestore(b *testing.B) {
	eachSize(b, func(b *testing.B, people []*person, groups []*Group) {
		state, ratchets := groups[0].MarshalState(), allRatchets(groups[0])
		for range b.N {
			must[*Group](b)(restore(people[0].cfg, state, ratchets))
		}
	})
}

func BenchmarkCommit(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		defer reportCPU(b)()
		for range b.N {
			b.ReportMetric(float64(len(must[*CommitResult](b)(groups[0].Commit(CommitOptions{})).Message)), "bytes")
			if err := groups[0].MergePendingCommit(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkProcessCommit(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		for range b.N {
			b.StopTimer()
			result := must[*CommitResult](b)(groups[0].Commit(CommitOptions{}))
			if err := groups[0].MergePendingCommit(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if err := groups[1].Merge(must[*Received](b)(groups[1].Process(result.Message)).Commit); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkExternalJoin(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		p := newPerson(b, DefaultSuite, "joiner")
		info := must[[]byte](b)(groups[0].GroupInfo())
		defer reportCPU(b)()
		for range b.N {
			must[*ExternalJoin](b)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}))
		}
	})
}

func BenchmarkKeyPackage(b *testing.B) {
	p := newPerson(b, DefaultSuite, "somebody")
	for range b.N {
		p.keyPackage(b, DefaultSuite)
	}
}
