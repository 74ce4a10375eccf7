package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// defaultHome is where this user's device is without --home.
func defaultHome() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find your home folder, or give --home: %w", err)
	}
	switch runtime.GOOS {
	case "windows":
		if local := os.Getenv("LocalAppData"); local != "" {
			return filepath.Join(local, "Parley", "device"), nil
		}
		return filepath.Join(home, "AppData", "Local", "Parley", "device"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Parley", "device"), nil
	}
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "parley", "device"), nil
	}
	return filepath.Join(home, ".local", "share", "parley", "device"), nil
}

// defaultHomeText is defaultHome for the help.
func defaultHomeText() string {
	dir, err := defaultHome()
	if err != nil {
		return "in your user data folder"
	}
	return dir
}
