package relay_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/bus"
	"parley/internal/codetext"
	"parley/internal/media"
	"parley/internal/obs"
	"parley/internal/relay"
	"parley/internal/relay/relaytest"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/postgres/postgrestest"
	"parley/internal/store/sqlite"
	"parley/mls/delivery"
	"parley/wire"
)

// world is a relay on a real store with a way to hear its codes.
type world struct {
	metrics *obs.Registry
	testing.TB
	relay *relay.Relay
	store store.Store
	codes *codeBox
	mails *mailBox
	log   *bytes.Buffer
	phone int
	// blobs is where media lie.
	blobs *fullableBlobs
	// settings are those that the relay runs with.
	settings relay.Settings
	// push is the push services of the world.
	push *pushBox
	// journal and bus are what it shares with other worlds; nil if it is alone.
	journal store.Journal
	bus     bus.Bus
	// pages are the pages of which previews are asked.
	pages *pageBox
}

// hookedStore calls a function after each Update, and one after the next ViewBriefly.
type hookedStore struct {
	store.Store
	updated, viewed atomic.Pointer[func()]
}

func (h *hookedStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	err := h.Store.Update(ctx, fn)
	if updated := h.updated.Load(); updated != nil {
		(*updated)()
	}
	return err
}

func (h *hookedStore) ViewBriefly(ctx context.Context, fn func(store.Reader) error) error {
	err := h.Store.ViewBriefly(ctx, fn)
	if viewed := h.viewed.Swap(nil); viewed != nil {
		(*viewed)()
	}
	return err
}

// codeBox is a sender that keeps the last code for each number.
type codeBox struct {
	mu    sync.Mutex
	codes map[ident.Phone]string
	fail  error
	// language is that of the last code.
	language codetext.Language
}

func (*codeBox) Name() string { return "console" }

func (b *codeBox) Send(_ context.Context, phone ident.Phone, code string, language codetext.Language) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.codes[phone], b.language = code, language
	return b.fail
}

func (b *codeBox) last(phone string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.codes[ident.Phone(phone)]
}

// lockedWriter lets a log be read while it is written.
type lockedWriter struct {
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (w lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(b)
}

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

// newWorld makes a world on SQLite, or on PostgreSQL if PARLEY_TEST_STORE says so.
func newWorld(t testing.TB, change ...func(*relay.Settings)) *world {
	t.Helper()
	if os.Getenv("PARLEY_TEST_STORE") != "postgres" {
		return newWorldOn(t, sqlite.Options{}, change...)
	}
	opened, err := postgres.Open(t.Context(), postgrestest.Database(t), postgres.Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	return newWorldWith(t, opened, change...)
}

func newWorldOn(t testing.TB, o sqlite.Options, change ...func(*relay.Settings)) *world {
	t.Helper()
	opened, err := sqlite.Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return newWorldWith(t, opened, change...)
}

func newWorldWith(t testing.TB, opened store.Store, change ...func(*relay.Settings)) *world {
	t.Helper()
	w := makeWorld(t, opened, change...)
	w.startRelay()
	t.Cleanup(w.stop)
	return w
}

// makeWorld makes a world whose relay is not started yet.
func makeWorld(t testing.TB, opened store.Store, change ...func(*relay.Settings)) *world {
	t.Helper()
	st := &hookedStore{Store: opened}
	settings := relay.DefaultSettings()
	settings.PINCost = relay.PINCost{Passes: 1, MemoryKiB: 64, Threads: 1}
	for _, c := range change {
		c(&settings)
	}
	w := &world{
		TB: t, store: st, codes: &codeBox{codes: make(map[ident.Phone]string)}, mails: new(mailBox), log: new(bytes.Buffer),
		settings: settings, push: &pushBox{fail: make(map[string]error)}, pages: new(pageBox),
	}
	folder, err := media.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.blobs = &fullableBlobs{Blobs: folder, free: 1 << 50}
	return w
}

// startRelay starts a relay on the world's store.
func (w *world) startRelay() {
	w.Helper()
	log := slog.New(slog.NewTextHandler(lockedWriter{new(sync.Mutex), w.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.metrics = new(obs.Registry)
	parts := relay.Parts{
		Store: w.store, Journal: w.journal, Bus: w.bus, Sender: w.codes, Mailer: w.mails, Blobs: w.blobs, Pusher: w.push, Previewer: w.pages, Settings: w.settings, Log: log, Metrics: w.metrics,
		Now: time.Now, Random: rand.Reader,
	}
	if w.mails == nil {
		parts.Mailer = nil
	}
	if w.pages == nil {
		parts.Previewer = nil
	}
	var err error
	if w.relay, err = relay.New(w.Context(), parts); err != nil {
		w.Fatal(err)
	}
}

// restartRelay ends the relay and starts another on the same store.
func (w *world) restartRelay() {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.relay.Shutdown(ctx)
	w.startRelay()
}

func (w *world) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.relay.Shutdown(ctx)
	if err := w.store.Close(); err != nil {
		w.Errorf("close the store: %v", err)
	}
}

// nextPhone returns a number that nobody in this world has.
func (w *world) nextPhone() string {
	w.phone++
	return "+324701000" + string(rune('0'+w.phone/10)) + string(rune('0'+w.phone%10))
}

// pipe is both ends of a connection in memory. Frames that the relay writes
// wait in a list without bound unless the pipe is stuck.
type pipe struct {
	mu      sync.Mutex
	changed *sync.Cond
	frames  []*wire.Frame
	writes  int // how often the relay has written
	closed  bool
	stuck   bool
}

func newPipe() *pipe {
	p := new(pipe)
	p.changed = sync.NewCond(&p.mu)
	return p
}

// WriteFrames implements relay.Conn.
func (p *pipe) WriteFrames(frames []wire.Encoded) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stuck && !p.closed {
		p.changed.Wait()
	}
	if p.closed {
		return errors.New("closed")
	}
	p.writes++
	for _, encoded := range frames {
		f, err := wire.Decode(encoded.AppendTo(nil))
		if err != nil {
			return err
		}
		p.frames = append(p.frames, f)
	}
	p.changed.Broadcast()
	return nil
}

// Close implements relay.Conn.
func (p *pipe) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.changed.Broadcast()
}

func (p *pipe) countWrites() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

func (p *pipe) setStuck(stuck bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = stuck
	p.changed.Broadcast()
}

// take waits for a frame that match accepts and removes it; nil means that the
// connection was closed before one came.
func (p *pipe) take(match func(*wire.Frame) bool) *wire.Frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for i, f := range p.frames {
			if match(f) {
				p.frames = append(p.frames[:i], p.frames[i+1:]...)
				return f
			}
		}
		if p.closed {
			return nil
		}
		p.changed.Wait()
	}
}

// peer is a device's side of a connection.
type peer struct {
	testing.TB
	session *relay.Session
	pipe    *pipe
	nextID  uint64
	hello   *wire.HelloResult
}

// dial connects without saying anything.
func (w *world) dial() *peer {
	w.Helper()
	p := &peer{TB: w.TB, pipe: newPipe()}
	p.session = w.relay.Open(p.pipe, "192.0.2.1")
	if p.session == nil {
		w.Fatal("the relay took no connection")
	}
	// As an adapter does: when the connection ends, the session is closed.
	go func() {
		p.pipe.take(func(*wire.Frame) bool { return false })
		p.session.Close()
	}()
	w.Cleanup(p.pipe.Close)
	return p
}

// greet connects and says hello.
func (w *world) greet() *peer {
	w.Helper()
	p := w.dial()
	p.hello = must[*wire.HelloResult](p, &wire.Hello{Version: wire.Version, Software: "test"})
	return p
}

// start sends a request and returns its id.
func (p *peer) start(call wire.RequestCall) uint64 {
	p.nextID++
	p.session.Receive(wire.Encode(&wire.Frame{ID: p.nextID, Body: &wire.Request{Call: call}}))
	return p.nextID
}

// finish waits for the response to a request; nil after the end of the connection.
func (p *peer) finish(id uint64) wire.ResponseResult {
	f := p.pipe.take(func(f *wire.Frame) bool { return isResponse(f) && f.ID == id })
	if f == nil {
		return nil
	}
	return f.Body.(*wire.Response).Result
}

func isResponse(f *wire.Frame) bool {
	_, ok := f.Body.(*wire.Response)
	return ok
}

// call sends a request and waits for its response.
func (p *peer) call(call wire.RequestCall) wire.ResponseResult {
	return p.finish(p.start(call))
}

// must calls and fails the test unless the result is an R.
func must[R wire.ResponseResult](p *peer, call wire.RequestCall) R {
	p.Helper()
	result := p.call(call)
	r, ok := result.(R)
	if !ok {
		p.Fatalf("%T was answered by %T %v", call, result, result)
	}
	return r
}

// refused calls and fails the test unless the answer is the error of a code.
func (p *peer) refused(code wire.ErrorCode, call wire.RequestCall) *wire.Error {
	p.Helper()
	result := p.call(call)
	e, ok := result.(*wire.Error)
	if !ok || e.Code != code {
		p.Fatalf("%T was answered by %T %v, want %v", call, result, result, code)
	}
	if e.Message == "" {
		p.Errorf("%v has no sentence for the person", code)
	}
	return e
}

// on reports failures to a subtest from now on.
func (p *peer) on(t testing.TB) { p.TB = t }

// event waits for an event of a type; it fails if the connection ends before.
func event[E wire.EventHappening](p *peer) E {
	p.Helper()
	f := p.pipe.take(func(f *wire.Frame) bool { _, ok := happening(f).(E); return ok })
	if f == nil {
		var none E
		p.Fatalf("the connection ended before a %T came", none)
	}
	return happening(f).(E)
}

func happening(f *wire.Frame) wire.EventHappening {
	if e, ok := f.Body.(*wire.Event); ok {
		return e.Happening
	}
	return nil
}

// quiet fails if an event of a type is waiting. A ping before it makes sure
// that everything the relay had sent has arrived.
func quiet[E wire.EventHappening](p *peer) {
	p.Helper()
	p.call(&wire.Ping{})
	p.pipe.mu.Lock()
	defer p.pipe.mu.Unlock()
	for _, f := range p.pipe.frames {
		if e, ok := happening(f).(E); ok {
			p.Errorf("an unexpected event came: %T %+v", e, e)
		}
	}
}

// device is a device of an account with its keys.
type device struct {
	*peer
	world      *world
	phone      string
	account    ident.AccountID
	accountKey ed25519.PrivateKey
	id         ident.DeviceID
	key        ed25519.PrivateKey
	auth       *wire.AuthenticateResult
}

func newID[T ident.ID]() T {
	id, err := ident.NewID[T](rand.Reader)
	if err != nil {
		panic(err)
	}
	return id
}

func newKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// certificate makes the device's certificate.
func (d *device) certificate(primary bool) []byte {
	c := &ident.Certificate{
		Account: d.account, Device: d.id, DeviceKey: d.key.Public().(ed25519.PublicKey),
		Primary: primary, Platform: ident.PlatformCLI, Serial: 1, Issued: time.Unix(1_800_000_000, 0),
	}
	c.Sign(d.accountKey)
	return c.Marshal()
}

// register makes an account for a number and authenticates its primary.
func (w *world) register(phone string) *device {
	w.Helper()
	p := w.greet()
	code, _, err := relay.Invite(w.Context(), w.store, rand.Reader, time.Now(), ident.Phone(phone))
	if err != nil {
		w.Fatal(err)
	}
	granted := must[*wire.VerifyCodeResult](p, &wire.VerifyCode{Phone: phone, Code: code})
	d := &device{
		peer: p, world: w, phone: phone, account: ident.AccountID(granted.AccountID),
		accountKey: newKey(), id: newID[ident.DeviceID](), key: newKey(),
	}
	must[*wire.Done](p, d.registration(granted.Token))
	d.authenticate()
	return d
}

func (d *device) registration(token []byte) *wire.Register {
	return &wire.Register{
		Token: token, AccountKey: d.accountKey.Public().(ed25519.PublicKey), Certificate: d.certificate(true),
	}
}

// proof is the Authenticate request for the present connection.
func (d *device) proof() *wire.Authenticate {
	content := wire.AuthenticationContent(d.hello.RelayID, d.hello.Nonce, d.account[:], d.id[:])
	return &wire.Authenticate{AccountID: d.account[:], DeviceID: d.id[:], Signature: ed25519.Sign(d.key, content)}
}

func (d *device) authenticate() {
	d.Helper()
	d.auth = must[*wire.AuthenticateResult](d.peer, d.proof())
}

// reconnect authenticates on a new connection.
func (d *device) reconnect() {
	d.Helper()
	d.peer = d.world.greet()
	d.authenticate()
}

// link adds a device to the account, through a slot, and authenticates it.
func (d *device) link() *device {
	d.Helper()
	p := d.world.greet()
	slot := must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")})
	must[*wire.ClaimLinkSlotResult](d.peer, &wire.ClaimLinkSlot{SlotID: slot.SlotID})
	n := d.unlinked(p)
	must[*wire.Done](d.peer, &wire.AddDevice{SlotID: slot.SlotID, Certificate: n.certificate(false), SealedBundle: []byte("bundle")})
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkClaimed {
		d.Errorf("the first link event is %v", e.State)
	}
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkAccepted || string(e.SealedBundle) != "bundle" {
		d.Errorf("the second link event is %+v", e)
	}
	n.authenticate()
	return n
}

// unlinked is a new device of the account that the relay does not know.
func (d *device) unlinked(p *peer) *device {
	return &device{
		peer: p, world: d.world, phone: d.phone, account: d.account, accountKey: d.accountKey,
		id: newID[ident.DeviceID](), key: newKey(),
	}
}

// live pulls everything, so that entries are pushed from now on.
func (d *device) live() []*wire.Entry {
	d.Helper()
	entries := d.pullFrom(d.auth.FeedCursor)
	return entries
}

// pullFrom pulls everything behind a position.
func (d *device) pullFrom(after uint64) (all []*wire.Entry) {
	d.Helper()
	for {
		result := must[*wire.PullResult](d.peer, &wire.Pull{After: after})
		all = append(all, result.Entries...)
		after = result.Next
		if result.Next == result.Head {
			return all
		}
	}
}

// pushed waits for the next pushed entry.
func (d *device) pushed() *wire.Entry {
	d.Helper()
	e := event[*wire.FeedEntries](d.peer)
	if len(e.Entries) != 1 {
		d.Fatalf("%d entries came at once", len(e.Entries))
	}
	return e.Entries[0]
}

func (d *device) member(leaf uint32) *wire.Member {
	return &wire.Member{AccountID: d.account[:], DeviceID: d.id[:], LeafIndex: leaf}
}

// direct opens a direct conversation of the device with others; the first of
// them names the peer.
func (d *device) direct(others ...*device) []byte {
	d.Helper()
	create := d.creation(others...)
	must[*wire.SendResult](d.peer, create)
	return create.ConversationID
}

func (d *device) creation(others ...*device) *wire.CreateConversation {
	id := newID[ident.ConversationID]()
	members, leaves := []*wire.Member{d.member(0)}, []delivery.Leaf{d.leaf(0)}
	for i, o := range others {
		members, leaves = append(members, o.member(uint32(i+1))), append(leaves, o.leaf(uint32(i+1)))
	}
	m := &wire.CreateConversation{
		ConversationID: id[:], Kind: wire.ConversationSelf, MessageID: newMessageID(), Members: members,
		Commit: relaytest.CommitMessage(id[:], 0), GroupInfo: relaytest.GroupInfo(id[:], 1, 0, d.key, leaves...),
	}
	if len(others) > 0 {
		m.Kind, m.Peer = wire.ConversationDirect, others[0].account[:]
	}
	return m
}

func (d *device) leaf(index uint32) delivery.Leaf {
	return delivery.Leaf{Index: index, SignatureKey: d.key.Public().(ed25519.PublicKey)}
}

// leaves are those of a conversation's group as the relay has it.
func (w *world) leaves(conversation []byte) (leaves []delivery.Leaf) {
	w.Helper()
	err := w.store.View(w.Context(), func(r store.Reader) error {
		members, err := r.ListMembers(ident.ConversationID(conversation))
		for _, m := range members {
			d, err := r.FindDevice(m.Device)
			if err != nil {
				return err
			}
			leaves = append(leaves, delivery.Leaf{Index: m.Leaf, SignatureKey: d.Key})
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return leaves
}

// without returns the leaves that a device does not hold.
func (d *device) without(leaves []delivery.Leaf) []delivery.Leaf {
	return slices.DeleteFunc(leaves, func(l delivery.Leaf) bool { return bytes.Equal(l.SignatureKey, d.leaf(0).SignatureKey) })
}

// groupInfo is signed by the device at the leaf that it holds.
func (d *device) groupInfo(conversation []byte, epoch uint64, leaves []delivery.Leaf) []byte {
	signer := uint32(0)
	for _, l := range leaves {
		if bytes.Equal(l.SignatureKey, d.leaf(0).SignatureKey) {
			signer = l.Index
		}
	}
	slices.SortFunc(leaves, func(a, b delivery.Leaf) int { return cmp.Compare(a.Index, b.Index) })
	leaves = slices.CompactFunc(leaves, func(a, b delivery.Leaf) bool { return a.Index == b.Index })
	return relaytest.GroupInfo(conversation, epoch, signer, d.key, leaves...)
}

func newMessageID() []byte {
	id := newID[ident.MessageID]()
	return id[:]
}

// text is an application message for an epoch.
func text(conversation []byte, epoch uint64) *wire.Send {
	return &wire.Send{
		ConversationID: conversation, MessageID: newMessageID(), Kind: wire.EntryApplication, Epoch: epoch,
		Message: relaytest.ApplicationMessage(conversation, epoch, "ciphertext"),
	}
}

// commit is a commit for an epoch that removes devices.
func (d *device) commit(conversation []byte, epoch uint64, removed ...*device) *wire.Send {
	m := &wire.Send{
		ConversationID: conversation, MessageID: newMessageID(), Kind: wire.EntryCommit, Epoch: epoch,
		Message: relaytest.CommitMessage(conversation, epoch),
	}
	leaves := d.world.leaves(conversation)
	for _, gone := range removed {
		m.Removed = append(m.Removed, gone.id[:])
		leaves = gone.without(leaves)
	}
	m.GroupInfo = d.groupInfo(conversation, epoch+1, leaves)
	return m
}

// externalCommit is the commit by which a device joins.
func (d *device) externalCommit(conversation []byte, epoch uint64, leaf uint32) *wire.Send {
	m := d.commit(conversation, epoch)
	m.Message = relaytest.ExternalCommitMessage(conversation, epoch)
	leaves := append(d.without(d.world.leaves(conversation)), d.leaf(leaf))
	m.GroupInfo = d.groupInfo(conversation, epoch+1, leaves)
	m.External, m.Added = true, []*wire.Member{d.member(leaf)}
	return m
}
