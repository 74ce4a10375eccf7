//go:build !js

package mls

import "log/slog"

// What follows implements slog.LogValuer: secrets are not logged. The browser build has
// no slog, which would cost a first visit 25 KB.

func (KeyPackageBundle) LogValue() slog.Value { return slog.StringValue(redactedBundle) }
func (ExternalJoin) LogValue() slog.Value     { return slog.StringValue(redactedJoin) }
func (s StagedCommit) LogValue() slog.Value   { return slog.StringValue(s.String()) }
func (Group) LogValue() slog.Value            { return slog.StringValue(redactedGroup) }
func (RatchetRecord) LogValue() slog.Value    { return slog.StringValue(redactedRecord) }
func (secret) LogValue() slog.Value           { return slog.StringValue(redacted) }
func (Config) LogValue() slog.Value           { return slog.StringValue(redactedConfig) }
