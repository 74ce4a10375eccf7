package main

// mostConnections is what is wanted: this system does not bound files.
func mostConnections(wanted int) int { return wanted }
