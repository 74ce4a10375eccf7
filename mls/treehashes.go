package mls

// treeHashes keeps the hashes of a tree's nodes, in pages that copies share
// until one of them changes its own.
type treeHashes struct {
	hashLen int
	pages   []*hashPage
	owner   *hashOwner
}

// hashPage has the hashes of pageNodes nodes. Its owner alone writes to it.
type hashPage struct {
	known uint64 // a bit for each node
	data  []byte
	owner *hashOwner
}

// hashOwner is known by its address.
type hashOwner struct{ _ byte }

const pageNodes = 64

func newTreeHashes(hashLen, nodes int) treeHashes {
	h := treeHashes{hashLen: hashLen, owner: &hashOwner{}}
	h.resize(nodes)
	return h
}

// clone makes both copies leave the present pages as they are.
func (h *treeHashes) clone() treeHashes {
	h.owner = &hashOwner{}
	return treeHashes{hashLen: h.hashLen, pages: append([]*hashPage(nil), h.pages...), owner: &hashOwner{}}
}

// resize makes room for so many nodes, and forgets those beyond.
func (h *treeHashes) resize(nodes int) {
	n := (nodes + pageNodes - 1) / pageNodes
	if last := n - 1; last < len(h.pages) && h.pages[last] != nil && nodes%pageNodes != 0 {
		h.page(nodeIndex(nodes)).known &= 1<<(nodes%pageNodes) - 1
	}
	for len(h.pages) < n {
		h.pages = append(h.pages, nil)
	}
	clear(h.pages[n:])
	h.pages = h.pages[:n]
}

// get is the hash of a node, nil if it is not known. It must not be changed, and
// not be used after a set or forget.
func (h *treeHashes) get(x nodeIndex) []byte {
	p := h.pages[x/pageNodes]
	if p == nil || p.known>>(x%pageNodes)&1 == 0 {
		return nil
	}
	at := int(x%pageNodes) * h.hashLen
	return p.data[at : at+h.hashLen : at+h.hashLen]
}

func (h *treeHashes) set(x nodeIndex, hash []byte) {
	p := h.page(x)
	p.known |= 1 << (x % pageNodes)
	copy(p.data[int(x%pageNodes)*h.hashLen:], hash)
}

func (h *treeHashes) forget(x nodeIndex) {
	if p := h.pages[x/pageNodes]; p != nil && p.known>>(x%pageNodes)&1 == 1 {
		h.page(x).known &^= 1 << (x % pageNodes)
	}
}

// page is that of x, to write to.
func (h *treeHashes) page(x nodeIndex) *hashPage {
	p := h.pages[x/pageNodes]
	switch {
	case p == nil:
		p = &hashPage{data: make([]byte, pageNodes*h.hashLen), owner: h.owner}
	case p.owner != h.owner:
		p = &hashPage{known: p.known, data: append([]byte(nil), p.data...), owner: h.owner}
	default:
		return p
	}
	h.pages[x/pageNodes] = p
	return p
}
