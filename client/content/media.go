package content

// Sizes of sealed files in bytes; package client/media seals them.
const (
	// MediaTag is what sealing adds to a chunk.
	MediaTag = 16
	// MediaChunk is the plaintext of a chunk; sealed it is a piece of wire.MediaHash.
	MediaChunk = 256<<10 - MediaTag
)

// SealedSize is how long a file of size bytes is when sealed.
func SealedSize(size int64) int64 { return size + MediaChunks(size)*MediaTag }

// MediaChunks is how many chunks a file has; an empty one has one.
func MediaChunks(size int64) int64 { return max((size+MediaChunk-1)/MediaChunk, 1) }
