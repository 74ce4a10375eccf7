package client

import (
	"context"
	"strings"
	"time"

	"parley/client/api"
)

// exportDevices implements api.ExportDevices.
func (c *Client) exportDevices(ctx context.Context, _ api.None) (api.DevicesCSV, error) {
	list, err := c.listDevices(ctx, api.None{})
	if err != nil {
		return api.DevicesCSV{}, err
	}
	var out strings.Builder
	writeRecord(&out, "id", "name", "platform", "role", "created", "last_active", "address", "linked_by")
	for _, d := range list.Devices {
		role := "linked"
		if d.Primary {
			role = "primary"
		}
		writeRecord(&out, d.ID, d.Name, d.Platform, role, csvTime(d.CreatedAt), csvTime(d.LastActiveAt), d.Address, d.LinkedBy)
	}
	return api.DevicesCSV{Text: out.String()}, nil
}

// writeRecord writes a line of RFC 4180, every field quoted. What a spreadsheet
// would take for a formula is made a text by an apostrophe: a device's name is
// whatever its person wrote.
func writeRecord(out *strings.Builder, fields ...string) {
	for i, f := range fields {
		if i > 0 {
			out.WriteByte(',')
		}
		if f != "" && strings.ContainsRune("=+-@\t\r\n", rune(f[0])) {
			f = "'" + f
		}
		out.WriteString(`"` + strings.ReplaceAll(f, `"`, `""`) + `"`)
	}
	out.WriteString("\r\n")
}

func csvTime(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
