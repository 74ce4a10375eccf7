//go:build !js

package ident

import "log/slog"

// What follows implements slog.LogValuer: phone numbers are not logged. The browser build has
// no slog, which would cost a first visit 25 KB.

// LogValue implements slog.LogValuer: phone numbers are not logged.
func (Phone) LogValue() slog.Value { return slog.StringValue("[phone]") }
