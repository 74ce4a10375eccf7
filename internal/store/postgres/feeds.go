package postgres

import (
	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// entryName names an entry.
type entryName struct {
	conversation ident.ConversationID
	sequence     int64
}

// sharedEntry is an entry for all accounts alike, unless some of them get a Welcome with it.
type sharedEntry struct {
	store.FeedEntry
	welcomes bool
}

// oneMore scans a last column that the caller knows nothing of.
type oneMore struct {
	sqlstore.Scanner
	column any
}

func (m oneMore) Scan(dest ...any) error { return m.Scanner.Scan(append(dest, m.column)...) }

// PullFeeds implements store.SharedReader.
func (t *tx) PullFeeds(places []store.Place, limit, maxBytes int) ([][]store.FeedEntry, error) {
	feeds, err := t.listFeeds(places, limit, maxBytes)
	if err != nil {
		return nil, err
	}
	entries, err := t.readShared(feeds)
	if err != nil {
		return nil, err
	}
	all := make([][]store.FeedEntry, len(places))
	for i, feed := range feeds {
		for _, p := range feed {
			e, ok := entries[p.name()]
			if !ok {
				continue // it was removed for its age
			}
			if e.welcomes {
				if all[i], err = t.PullFeed(places[i].Account, places[i].Position, limit, maxBytes); err != nil {
					return nil, err
				}
				break
			}
			e.Position = uint64(p.position)
			all[i] = append(all[i], e.FeedEntry)
		}
	}
	return all, nil
}

func (p *pointer) name() entryName {
	return entryName{sqlstore.ID[ident.ConversationID](p.conversation), p.sequence}
}

// listFeeds reads what the accounts have behind their places, up to limit and maxBytes of each.
func (t *tx) listFeeds(places []store.Place, limit, maxBytes int) ([][]pointer, error) {
	numbers, accounts, after := make([]int64, len(places)), make([][]byte, len(places)), make([]int64, len(places))
	for i, p := range places {
		numbers[i], accounts[i], after[i] = int64(i), p.Account[:], int64(p.Position)
	}
	feeds, sizes := make([][]pointer, len(places)), make([]int, len(places))
	err := t.Each(func(row sqlstore.Scanner) error {
		var i int64
		var p pointer
		if err := row.Scan(&i, &p.position, &p.conversation, &p.sequence, &p.size); err != nil {
			return err
		}
		if sizes[i] += p.size; sizes[i] <= maxBytes || len(feeds[i]) == 0 {
			feeds[i] = append(feeds[i], p)
		}
		return nil
	}, "listFeeds", numbers, accounts, after, limit)
	return feeds, err
}

// readShared reads each entry that feeds point to, once.
func (t *tx) readShared(feeds [][]pointer) (map[entryName]sharedEntry, error) {
	entries := make(map[entryName]sharedEntry)
	var conversations [][]byte
	var sequences []int64
	for _, feed := range feeds {
		for i := range feed {
			name := feed[i].name()
			if _, known := entries[name]; known {
				continue
			}
			entries[name] = sharedEntry{}
			conversations, sequences = append(conversations, feed[i].conversation), append(sequences, feed[i].sequence)
		}
	}
	clear(entries)
	if len(sequences) == 0 {
		return entries, nil
	}
	err := t.Each(func(row sqlstore.Scanner) (err error) {
		var e sharedEntry
		if e.FeedEntry, err = sqlstore.ScanFeedEntry(oneMore{row, &e.welcomes}); err == nil {
			entries[entryName{e.Conversation, int64(e.Sequence)}] = e
		}
		return err
	}, "readSharedEntries", conversations, sequences)
	return entries, err
}
