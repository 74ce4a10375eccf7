package apitest

import "parley/client/api"

// SetHistory has history be on its way so far.
func (c *Core) SetHistory(h api.History) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setHistoryLocked(h)
}

func (c *Core) setHistoryLocked(h api.History) {
	if h.Sending == nil {
		h.Sending = []api.HistorySending{}
	}
	c.history = h
	c.emitLocked(api.OnHistory.Name, h)
}
