package mls

import (
	"fmt"
	"testing"
)

// benchGroup is a group of n of which two members are present: the first, who
// added all others at once, and the second.
func benchGroup(b *testing.B, n int) ([]*person, []*Group) {
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

func BenchmarkEncrypt(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		text := make([]byte, 100)
		for range b.N {
			must[[]byte](b)(groups[0].Encrypt(text, nil))
		}
	})
}

func BenchmarkDecrypt(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		messages := make([][]byte, b.N)
		for i := range messages {
			messages[i] = must[[]byte](b)(groups[0].Encrypt(make([]byte, 100), nil))
		}
		b.ResetTimer()
		for _, message := range messages {
			must[*Received](b)(groups[1].Process(message))
		}
	})
}

func BenchmarkMarshalRatchets(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
		must[[]byte](b)(groups[0].Encrypt(nil, nil))
		b.ReportMetric(float64(len(groups[0].MarshalRatchets())), "bytes")
		for range b.N {
			groups[0].MarshalRatchets()
		}
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
		state, ratchets := groups[0].MarshalState(), groups[0].MarshalRatchets()
		for range b.N {
			must[*Group](b)(Restore(people[0].cfg, state, ratchets))
		}
	})
}

func BenchmarkCommit(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []*person, groups []*Group) {
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
