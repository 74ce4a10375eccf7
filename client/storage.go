package client

import (
	"cmp"
	"context"
	"slices"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// localFile is a message whose file lies on this device.
type localFile struct {
	message *store.Message
	file    *store.Media
}

// localFiles are the files of a chat, or of all, that can be removed and had again; each
// once.
func (tx *tx) localFiles(chat *ident.ChatID) ([]localFile, error) {
	local, err := tx.FindLocalMedia()
	if err != nil || len(local) == 0 {
		return nil, err
	}
	byID := map[store.MediaID]*store.Media{}
	for _, m := range local {
		byID[m.ID] = m
	}
	messages, err := tx.FindMediaMessages(chat)
	var found []localFile
	for _, m := range messages {
		c, ok := contentOf(m)
		if !ok {
			continue
		}
		body, ok := c.Body.(*content.Media)
		if !ok || len(body.MediaID) != len(store.MediaID{}) {
			continue
		}
		id := store.MediaID(body.MediaID)
		if file := byID[id]; file != nil && sameFile(file, body) {
			found = append(found, localFile{m, file})
			delete(byID, id)
		}
	}
	return found, err
}

// storageUse implements api.GetStorageUse.
func (c *Client) storageUse(ctx context.Context, _ api.None) (api.StorageUse, error) {
	var use api.StorageUse
	err := c.view(ctx, func(tx *tx) (err error) {
		use, err = tx.storageUse()
		return err
	})
	return use, err
}

func (tx *tx) storageUse() (api.StorageUse, error) {
	use := api.StorageUse{Chats: []api.ChatStorage{}}
	files, err := tx.localFiles(nil)
	at := map[ident.ChatID]int{}
	for _, f := range files {
		i, known := at[f.message.Chat]
		if !known {
			i = len(use.Chats)
			at[f.message.Chat] = i
			use.Chats = append(use.Chats, api.ChatStorage{ChatID: f.message.Chat.String()})
		}
		use.Bytes += f.file.Size
		use.Chats[i].Files++
		use.Chats[i].Bytes += f.file.Size
	}
	slices.SortFunc(use.Chats, func(a, b api.ChatStorage) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return use, err
}

// listFiles implements api.ListFiles.
func (c *Client) listFiles(ctx context.Context, p api.ListFilesParams) (api.Messages, error) {
	list := api.Messages{Messages: []api.Message{}}
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return list, err
	}
	err = c.view(ctx, func(tx *tx) error {
		files, err := tx.localFiles(&chat)
		if err != nil {
			return err
		}
		slices.SortFunc(files, func(a, b localFile) int { return cmp.Compare(b.file.Size, a.file.Size) })
		if most := pageSize(p.Limit); len(files) > most {
			files, list.More = files[:most], true
		}
		for _, f := range files {
			shown, err := tx.showMessage(f.message)
			if err != nil {
				return err
			}
			list.Messages = append(list.Messages, *shown)
		}
		return nil
	})
	return list, err
}

// removeFiles implements api.RemoveFiles. What is noted first may leave a file behind
// after a crash; the other way around a message would promise a file that is gone.
func (c *Client) removeFiles(ctx context.Context, p api.MessageIDs) (api.StorageUse, error) {
	var use api.StorageUse
	var gone []store.MediaID
	err := c.update(ctx, func(tx *tx) error {
		for _, id := range p.IDs {
			m, file, _, err := tx.ofMessage(id)
			if err != nil {
				return err
			}
			if file == nil || !file.Local || file.State != store.MediaSent {
				continue
			}
			file.Local = false
			if err := tx.SaveMedia(file); err != nil {
				return err
			}
			tx.messageChanged(m.ID)
			gone = append(gone, file.ID)
		}
		var err error
		use, err = tx.storageUse()
		return err
	})
	if err != nil {
		return api.StorageUse{}, err
	}
	for _, id := range gone {
		c.removeFile(ctx, id)
	}
	return use, nil
}
