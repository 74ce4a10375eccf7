package main

import (
	"fmt"
	"strings"

	"parley/client/api"
)

// groupLine is what a notice of a group tells.
func groupLine(n *api.GroupNotice) string {
	if n == nil {
		return "[Something changed in this group.]"
	}
	by, people := "Somebody", make([]string, 0, len(n.People))
	if n.By != nil {
		by = personName(n.By.Name, n.By.Own)
	}
	for _, p := range n.People {
		people = append(people, personName(p.Name, p.Own))
	}
	whom := strings.Join(people, ", ")
	if n.Count > len(people) {
		whom += fmt.Sprintf(" and %d more", n.Count-len(people))
	}
	line, ok := map[string]string{
		"created": by + " made this group", "added": by + ": added " + whom, "joined": whom + " joined", "left": whom + " left",
		"removed": by + ": removed " + whom, "admin": whom + ": admin now", "dismissed": whom + ": admin no more",
		"renamed": by + ": named the group " + n.Text, "described": by + ": changed the description",
		"pictured": by + ": changed the picture", "settings": by + ": changed the settings",
		"asked": "You asked to join. An admin decides", "declined": "An admin has declined", "withdrawn": "You took back that you asked to join",
		"reset": "Encryption of this group was set up again. Nothing you have is lost",
	}[n.What]
	if !ok {
		line = "Something changed in this group"
	}
	return "[" + line + ".]"
}
