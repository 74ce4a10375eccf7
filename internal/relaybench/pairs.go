package relaybench

import "context"

// pairs opens a direct conversation for each of b.Pairs pairs of accounts, of linked devices
// more than the primary each.
func (b *bench) pairs(ctx context.Context, linked int) ([]*channel, error) {
	b.note("registering %d accounts", 2*b.Pairs)
	accounts, err := b.registerMany(ctx, 2*b.Pairs)
	if err != nil {
		return nil, err
	}
	primaries, err := b.signInAll(ctx, accounts)
	if err != nil {
		return nil, err
	}
	channels := make([]*channel, b.Pairs)
	for i := range channels {
		if channels[i], err = b.pair(ctx, primaries[2*i], primaries[2*i+1], linked); err != nil {
			return nil, err
		}
	}
	return channels, nil
}

// pair opens a conversation of two accounts, in which the first primary sends.
func (b *bench) pair(ctx context.Context, from, to *device, linked int) (*channel, error) {
	var added []*account
	for range linked {
		for _, primary := range []*device{from, to} {
			account, err := b.link(ctx, primary)
			if err != nil {
				return nil, err
			}
			added = append(added, account)
		}
	}
	devices, err := b.signInAll(ctx, added)
	if err != nil {
		return nil, err
	}
	c := &channel{sender: from}
	if err := c.openDirect(ctx, to.id, append([]*account{to.account}, added...)); err != nil {
		return nil, err
	}
	return c, c.listen(ctx, append([]*device{to}, devices...))
}
