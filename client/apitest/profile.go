package apitest

import (
	"context"
	"encoding/base64"

	"parley/client/api"
)

func setName(_ context.Context, c *Core, p api.SetNameParams) (api.None, error) {
	c.status.Name = p.Name
	c.emitLocked(api.OnStatus.Name, c.status)
	return api.None{}, nil
}

// setPicture takes JPEGs; that is what its users make.
func setPicture(_ context.Context, c *Core, p api.Picture) (api.None, error) {
	data, err := base64.StdEncoding.DecodeString(p.Data)
	if err != nil || len(data) > 24<<10 || len(data) > 0 && string(data[:2]) != "\xff\xd8" {
		return api.None{}, api.ErrPictureInvalid
	}
	c.picture, c.status.PictureAt = api.Picture{Type: "image/jpeg", Data: p.Data}, 0
	if len(data) > 0 {
		c.clock++
		c.status.PictureAt = c.clock
	}
	c.emitLocked(api.OnStatus.Name, c.status)
	return api.None{}, nil
}

func getPicture(_ context.Context, c *Core, p api.AccountID) (api.Picture, error) {
	if p.AccountID != c.status.AccountID {
		return api.Picture{}, nil
	}
	return c.picture, nil
}

func changeSettings(_ context.Context, c *Core, p api.SettingsChange) (api.Settings, error) {
	set(&c.settings.Theme, p.Theme)
	set(&c.settings.Language, p.Language)
	set(&c.settings.ReadReceipts, p.ReadReceipts)
	set(&c.settings.Typing, p.Typing)
	set(&c.settings.Presence, p.Presence)
	set(&c.settings.Wallpaper, p.Wallpaper)
	c.emitLocked(api.OnSettings.Name, c.settings)
	return c.settings, nil
}
