package client

import (
	"context"

	"parley/client/api"
	"parley/client/store"
	"parley/wire"
)

// mostChecked bounds one call of checkFiles.
const mostChecked = 500

// checkFiles implements api.CheckFiles.
func (c *Client) checkFiles(ctx context.Context, p api.MessageIDs) (api.LostFiles, error) {
	lost := api.LostFiles{IDs: []string{}}
	if len(p.IDs) > mostChecked {
		return lost, api.ErrBadParams
	}
	files := make([]*store.Media, len(p.IDs))
	err := c.view(ctx, func(tx *tx) (err error) {
		for i, id := range p.IDs {
			if _, files[i], _, err = tx.ofMessage(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return lost, err
	}
	for i, file := range files {
		if file == nil || !file.Local {
			continue
		}
		_, err := callRelay[*wire.MediaTicket](ctx, c, &wire.RequestMediaDownload{MediaID: file.ID[:]})
		switch {
		case hasCode(err, wire.ErrorMediaUnknown):
			lost.IDs = append(lost.IDs, p.IDs[i])
		case err != nil:
			return lost, err
		}
	}
	return lost, nil
}
