package api

// Log is where a device tells its operator what went wrong: a message and pairs
// of a key and a value, as *slog.Logger takes them. No content, numbers or
// secrets are told.
type Log interface {
	Warn(message string, pairs ...any)
	Error(message string, pairs ...any)
}
