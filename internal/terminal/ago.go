package terminal

import (
	"fmt"
	"time"
)

// Ago tells a time as people say it, seen from now: "just now", "5 min ago",
// "yesterday", or the date. The zero time is "never".
func Ago(now, t time.Time) string {
	passed := now.Sub(t)
	t = t.In(now.Location())
	switch {
	case t.IsZero() || t.Unix() == 0:
		return "never"
	case passed < time.Minute:
		return "just now"
	case passed < time.Hour:
		return fmt.Sprintf("%d min ago", int(passed.Minutes()))
	case sameDay(now, t):
		return fmt.Sprintf("%d h ago", int(passed.Hours()))
	case sameDay(now.AddDate(0, 0, -1), t):
		return "yesterday"
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// Day names the day of a time, seen from now.
func Day(now, t time.Time) string {
	t = t.In(now.Location())
	switch {
	case sameDay(now, t):
		return "Today"
	case sameDay(now.AddDate(0, 0, -1), t):
		return "Yesterday"
	}
	return t.Format("Monday 2 January 2006")
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }
