package sqlstore

// Attempt carries out transactions as one. With an error it has changed nothing; blamed is then the
// place of the transaction that failed, or Anyone, or NoOne.
type Attempt func(batch []*Write) (blamed int, err error)

const (
	// Anyone means that any of the transactions may be why an attempt failed.
	Anyone = -1
	// NoOne means that an attempt fails whatever the transactions are.
	NoOne = -2
)

// Divide carries out a batch in as few commits as it can, in order, and sets the errors of those
// that cannot be carried out. What came before a failure is committed together, and what
// follows it: k transactions that fail cost k+1 commits. Where anyone may be to blame, half as many
// are tried next, and twice as many after each success.
func Divide(batch []*Write, attempt Attempt) {
	size, most := len(batch), len(batch)
	for len(batch) > 0 {
		blamed, err := attempt(batch[:size])
		switch {
		case err == nil:
			batch = batch[size:]
			most = min(2*most, len(batch))
		case blamed == NoOne:
			for _, w := range batch {
				w.Err = err
			}
			return
		case blamed > 0:
			size = blamed
			continue
		case blamed == Anyone && size > 1:
			size, most = size/2, size/2
			continue
		default: // it failed with nothing before it
			batch[0].Err = err
			batch = batch[1:]
		}
		size = min(most, len(batch))
	}
}
