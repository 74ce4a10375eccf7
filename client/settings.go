package client

import (
	"context"

	"parley/client/api"
)

// Names of settings; their entries of the app state are "setting/<name>".
const (
	themeSetting         = settingState + "/theme"
	languageSetting      = settingState + "/language"
	notificationsSetting = settingState + "/notifications"
	previewsSetting      = settingState + "/previews"
	soundsSetting        = settingState + "/sounds"
	quietHoursSetting    = settingState + "/quietHours"
	linkPreviewsSetting  = settingState + "/linkPreviews"
	wallpaperSetting     = settingState + "/wallpaper"
	timerSetting         = settingState + "/timer"
)

// maxSetting bounds the value of a setting, bytes.
const maxSetting = 32

// getSettings implements api.GetSettings.
func (c *Client) getSettings(ctx context.Context, _ api.None) (api.Settings, error) {
	var shown api.Settings
	err := c.view(ctx, func(tx *tx) (err error) {
		shown, err = tx.showSettings()
		return err
	})
	return shown, err
}

// changeSettings implements api.ChangeSettings.
func (c *Client) changeSettings(ctx context.Context, p api.SettingsChange) (api.Settings, error) {
	var shown api.Settings
	err := c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		for key, value := range map[string]*string{
			themeSetting: p.Theme, languageSetting: p.Language,
			receiptsSetting: p.ReadReceipts, typingSetting: p.Typing, presenceSetting: p.Presence,
			notificationsSetting: p.Notifications, previewsSetting: p.Previews, soundsSetting: p.Sounds, quietHoursSetting: p.QuietHours, linkPreviewsSetting: p.LinkPreviews,
			wallpaperSetting: p.Wallpaper, timerSetting: p.Timer,
		} {
			if value == nil {
				continue
			}
			if !isSetting(*value) {
				return api.ErrBadParams
			}
			if err := tx.setAppState(key, []byte(*value)); err != nil {
				return err
			}
		}
		var err error
		shown, err = tx.showSettings()
		return err
	})
	if err != nil {
		return api.Settings{}, err
	}
	c.nudge()
	return shown, nil
}

// showSettings reads the settings; what another device has set and is no value
// of a setting counts as not chosen.
func (tx *tx) showSettings() (api.Settings, error) {
	var s api.Settings
	for key, shown := range map[string]*string{
		themeSetting: &s.Theme, languageSetting: &s.Language,
		receiptsSetting: &s.ReadReceipts, typingSetting: &s.Typing, presenceSetting: &s.Presence,
		notificationsSetting: &s.Notifications, previewsSetting: &s.Previews, soundsSetting: &s.Sounds, quietHoursSetting: &s.QuietHours, linkPreviewsSetting: &s.LinkPreviews,
		wallpaperSetting: &s.Wallpaper, timerSetting: &s.Timer,
	} {
		value, err := tx.setting(key)
		if err != nil {
			return api.Settings{}, err
		}
		*shown = value
	}
	return s, nil
}

// isSetting reports whether a value is one word of letters, digits and "-".
func isSetting(value string) bool {
	if len(value) > maxSetting {
		return false
	}
	for _, r := range value {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
