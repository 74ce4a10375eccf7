package mls

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"parley/mls/delivery"
)

var (
	simSeed  = flag.Uint64("sim.seed", 0, "run only this seed of the simulation")
	simRuns  = flag.Int("sim.runs", 12, "seeds to run")
	simSteps = flag.Int("sim.steps", 60, "steps of each run")
	simMax   = flag.Int("sim.max", 16, "members at most")
)

// TestSimulation lets members of a group do at random what members do, and
// checks after every step that all agree. The seed of a failure is in its name.
func TestSimulation(t *testing.T) {
	if *simSeed != 0 {
		runSimulation(t, *simSeed)
		return
	}
	for range *simRuns {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { t.Parallel(); runSimulation(t, seed) })
	}
}

// simMember is a live member with the messages that are still on their way to it.
type simMember struct {
	*person
	group *Group
	mail  []simMail
}

type simMail struct {
	epoch uint64
	data  []byte
	text  string
}

type simulation struct {
	*testing.T
	*rand.Rand
	suite   CipherSuite
	live    []*simMember
	gone    []*person
	relay   ed25519.PrivateKey
	count   int
	actions map[string]int
}

func runSimulation(t *testing.T, seed uint64) {
	s := &simulation{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), actions: map[string]int{}}
	s.suite = []CipherSuite{SuiteX25519ChaCha20, SuiteXWingChaCha20, SuiteX25519AES128, SuiteP256AES128}[s.IntN(4)]
	if !s.suite.Supported() {
		s.suite = DefaultSuite
	}
	_, s.relay, _ = ed25519.GenerateKey(nil)
	p := s.newPerson()
	var extensions []Extension
	if s.suite != SuiteP256AES128 {
		key := s.relay.Public().(ed25519.PublicKey)
		extensions = []Extension{{Type: ExtensionExternalSenders, Data: delivery.ExternalSender(key, []byte("relay"))}}
	}
	s.live = []*simMember{{person: p, group: p.found(t, s.suite, extensions...)}}
	s.externalJoin()
	steps := []struct {
		name string
		do   func()
	}{
		{"send", s.send},
		{"send", s.send},
		{"send", s.send},
		{"deliver", s.deliverSome},
		{"deliver", s.deliverSome},
		{"commit", s.commitAny},
		{"commit", s.commitAny},
		{"everybody commits", s.everybodyCommits},
		{"proposals", s.proposals},
		{"proposals", s.proposals},
		{"race", s.race},
		{"lost commit", s.lostCommit},
		{"external join", s.externalJoin},
		{"external join", s.externalJoin},
		{"resync", s.resync},
		{"restore", s.restore},
		{"restore", s.restore},
		{"external remove", s.externalRemove},
		{"tamper", s.tamper},
	}
	for i := range *simSteps {
		step := steps[s.IntN(len(steps))]
		s.actions[step.name]++
		step.do()
		if s.IntN(3) == 0 {
			s.restore()
		}
		if s.check(); t.Failed() {
			t.Fatalf("at step %d, %s", i, step.name)
		}
	}
	t.Logf("suite %d, %d members, epoch %d, actions %v", s.suite, len(s.live), s.live[0].group.Epoch(), s.actions)
}

func (s *simulation) newPerson() *person {
	s.count++
	return newPerson(s.T, s.suite, fmt.Sprintf("person %d", s.count))
}

func (s *simulation) any() *simMember { return s.live[s.IntN(len(s.live))] }

func (s *simulation) check() {
	s.Helper()
	var groups []*Group
	for _, m := range s.live {
		groups = append(groups, m.group)
		if m.group.Closed() {
			s.Fatalf("%s is live and closed", m.name)
		}
	}
	agree(s.T, groups)
	if got := len(groups[0].Members()); got != len(s.live) {
		s.Fatalf("%d members, want %d", got, len(s.live))
	}
}

func (s *simulation) restore() {
	for _, m := range s.live {
		if s.IntN(2) == 0 {
			m.group = reload(s.T, m.person, m.group)
		}
	}
}

func (s *simulation) send() {
	from := s.any()
	if len(from.group.PendingProposals()) > 0 {
		s.commit(from) // proposals come before messages
	}
	for range 1 + s.IntN(4) {
		s.count++
		text := fmt.Sprintf("message %d", s.count)
		data := must[[]byte](s.T)(from.group.Encrypt([]byte(text), nil))
		for _, m := range s.live {
			if m != from {
				m.mail = append(m.mail, simMail{epoch: from.group.Epoch(), data: data, text: text})
			}
		}
	}
}

// deliverSome hands over some of the mail, in any order, some of it twice.
func (s *simulation) deliverSome() {
	for _, m := range s.live {
		s.Shuffle(len(m.mail), func(i, j int) { m.mail[i], m.mail[j] = m.mail[j], m.mail[i] })
		n := s.IntN(len(m.mail) + 1)
		for _, mail := range m.mail[:n] {
			s.read(m, mail)
		}
		m.mail = m.mail[n:]
	}
}

func (s *simulation) read(m *simMember, mail simMail) {
	s.Helper()
	r, err := m.group.Process(mail.data)
	if m.group.Epoch()-mail.epoch > defaultPastEpochs {
		if !errors.Is(err, ErrWrongEpoch) {
			s.Fatalf("a message %d epochs old: %v", m.group.Epoch()-mail.epoch, err)
		}
		return
	}
	if err != nil || string(r.Application.Data) != mail.text || r.Epoch != mail.epoch {
		s.Fatalf("%s: message of epoch %d in %d: %v", m.name, mail.epoch, m.group.Epoch(), err)
	}
	if s.IntN(4) == 0 {
		if _, err := m.group.Process(mail.data); !errors.Is(err, ErrSecretConsumed) {
			s.Fatalf("a replay: %v", err)
		}
	}
}

// randomOptions is a commit of any mix; it returns who is added, too.
func (s *simulation) randomOptions(by *simMember) (opt CommitOptions, added []*simMember, bundles []*KeyPackageBundle) {
	opt.Public = s.IntN(2) == 0
	opt.NoPath = s.IntN(4) == 0
	room := *simMax - len(s.live)
	for _, p := range by.group.PendingProposals() {
		if p.Proposal.Type == ProposalPSK && p.Proposal.PSK.Type == PSKResumption {
			room = 0 // new members do not have the resumption PSK
		}
	}
	for ; room > 0 && s.IntN(2) == 0; room-- {
		p := s.newPerson()
		b := p.keyPackage(s.T, s.suite)
		opt.Add = append(opt.Add, b.Message())
		added, bundles = append(added, &simMember{person: p}), append(bundles, b)
	}
	for _, m := range s.live {
		if m != by && len(s.live)-len(opt.Remove) > 3 && s.IntN(2*len(s.live)+4) == 0 {
			opt.Remove = append(opt.Remove, m.group.OwnLeaf())
		}
	}
	if s.IntN(4) == 0 {
		opt.Extensions = []Extension{{Type: ExtensionApplicationID, Data: []byte{byte(s.IntN(256))}}}
		if senders, there := findExtension(by.group.Extensions(), ExtensionExternalSenders); there {
			opt.Extensions = append(opt.Extensions, Extension{Type: ExtensionExternalSenders, Data: senders})
		}
	}
	if s.IntN(4) == 0 {
		opt.PSKs = []PreSharedKeyID{{Type: PSKExternal, ID: []byte("psk")}}
	}
	return opt, added, bundles
}

func (s *simulation) commitAny() { s.commit(s.any()) }

func (s *simulation) commit(by *simMember) {
	s.Helper()
	opt, added, bundles := s.randomOptions(by)
	result, err := by.group.Commit(opt)
	if err != nil {
		s.Fatal(err)
	}
	if s.IntN(3) == 0 {
		by.group = reload(s.T, by.person, by.group)
		result = by.group.PendingCommit()
	}
	if err := by.group.MergePendingCommit(); err != nil {
		s.Fatal(err)
	}
	s.take(by, result.Message)
	for i, m := range added {
		if m.group, _, err = JoinWelcome(m.cfg, result.Welcome, bundles[i:i+1], nil); err != nil {
			s.Fatal(err)
		}
		s.live = append(s.live, m)
	}
}

// take has all others process an accepted commit; who is removed goes.
func (s *simulation) take(by *simMember, message []byte) {
	s.Helper()
	var stay []*simMember
	for _, m := range s.live {
		if m != by {
			r, err := m.group.Process(message)
			if err != nil || r.Commit == nil {
				s.Fatalf("%s at leaf %d: %v", m.name, m.group.OwnLeaf(), err)
			}
			if err := m.group.Merge(r.Commit); err != nil {
				s.Fatal(err)
			}
			if r.Commit.SelfRemoved != m.group.Closed() {
				s.Fatal("removed and not closed")
			}
		}
		if m.group.Closed() {
			s.gone = append(s.gone, m.person)
			continue
		}
		stay = append(stay, m)
	}
	s.live = stay
}

func (s *simulation) everybodyCommits() {
	for _, m := range append([]*simMember(nil), s.live...) {
		if m.group.Closed() {
			continue // removed by a pending proposal that another committed
		}
		result := must[*CommitResult](s.T)(m.group.Commit(CommitOptions{}))
		if err := m.group.MergePendingCommit(); err != nil {
			s.Fatal(err)
		}
		s.take(m, result.Message)
		s.check()
	}
}

// proposals makes some, and has somebody commit them; new members come by external join only.
func (s *simulation) proposals() {
	for range 1 + s.IntN(4) {
		from := s.any()
		opt := MessageOptions{Public: s.IntN(2) == 0}
		var data []byte
		var err error
		switch s.IntN(4) {
		case 0, 1:
			data, err = from.group.ProposeUpdate(LeafOptions{}, opt)
		case 2:
			data, err = from.group.ProposePSK(PreSharedKeyID{
				Type: PSKResumption, Usage: ResumptionApplication,
				Group: from.group.ID(), Epoch: from.group.Epoch(),
			}, opt)
		case 3:
			if len(s.live) < 4 {
				continue
			}
			data, err = from.group.ProposeRemove(s.any().group.OwnLeaf(), opt)
		}
		if err != nil {
			s.Fatal(err)
		}
		s.spread(from, data)
	}
	s.commit(s.any())
}

func (s *simulation) spread(from *simMember, data []byte) {
	s.Helper()
	for _, m := range s.live {
		if m == from {
			continue
		}
		if r, err := m.group.Process(data); err != nil || r.Proposal == nil {
			s.Fatalf("%s: proposal: %v", m.name, err)
		}
	}
}

func (s *simulation) race() {
	loser := s.any()
	must[*CommitResult](s.T)(loser.group.Commit(CommitOptions{}))
	winner := s.any()
	if winner == loser {
		loser.group.ClearPendingCommit()
	}
	s.commit(winner)
}

func (s *simulation) lostCommit() {
	m := s.any()
	must[*CommitResult](s.T)(m.group.Commit(CommitOptions{}))
	m.group.ClearPendingCommit()
}

func (s *simulation) externalJoin() {
	if len(s.live) >= *simMax {
		return
	}
	p := s.newPerson()
	if len(s.gone) > 0 && s.IntN(2) == 0 {
		p = s.gone[len(s.gone)-1]
		s.gone = s.gone[:len(s.gone)-1]
	}
	m := &simMember{person: p}
	s.join(m)
	s.live = append(s.live, m)
}

func (s *simulation) join(m *simMember) {
	s.Helper()
	info := must[[]byte](s.T)(s.any().group.GroupInfo())
	join, err := JoinExternal(m.cfg, info, ExternalJoinOptions{Leaf: m.leaf()})
	if err != nil {
		s.Fatal(err)
	}
	s.take(m, join.Commit)
	m.group, m.mail = join.Group(), nil
}

// resync has a member join again with the same key: its old leaf goes.
func (s *simulation) resync() {
	m := s.any()
	if len(s.live) < 2 {
		return
	}
	s.join(m)
}

func (s *simulation) externalRemove() {
	senders, err := s.live[0].group.ExternalSenders()
	if err != nil {
		s.Fatal(err)
	}
	if len(senders) == 0 || len(s.live) < 4 {
		return
	}
	g, target := s.live[0].group, s.any()
	data, err := delivery.ProposeRemove(g.ID(), g.Epoch(), 0, uint32(target.group.OwnLeaf()), s.relay, uint16(s.suite))
	if err != nil {
		s.Fatal(err)
	}
	s.spread(nil, data)
	by := s.any()
	if by == target {
		return // the proposal waits, or is dropped by another commit
	}
	s.commit(by)
	for _, m := range s.live {
		if m == target {
			s.Fatal("the removal the relay proposed was not committed")
		}
	}
}

// tamper changes a bit of a message: it must fail and change nothing.
func (s *simulation) tamper() {
	from := s.any()
	if len(from.group.PendingProposals()) > 0 {
		s.commit(from)
	}
	opt, _, _ := s.randomOptions(from)
	messages := [][]byte{must[[]byte](s.T)(from.group.Encrypt([]byte("x"), nil)), must[*CommitResult](s.T)(from.group.Commit(opt)).Message}
	from.group.ClearPendingCommit()
	for _, m := range s.live {
		if m == from {
			continue
		}
		for _, message := range messages {
			bad := bytes.Clone(message)
			bad[s.IntN(len(bad))] ^= 1 << s.IntN(8)
			before := saved(m.group)
			if _, err := m.group.Process(bad); err == nil {
				s.Fatal("a changed message is accepted")
			}
			unchanged(s, m.group, before)
		}
	}
}
