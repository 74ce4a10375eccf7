package store

import (
	"os"
	"path/filepath"
	"testing"
)

// Every file of the folder is applied, in the order of the names.
func TestMigrationsAreThoseOfTheFolder(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) != len(migrations) {
		t.Fatalf("%d files, %d migrations: %v", len(files), len(migrations), err)
	}
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || string(text) != migrations[i] {
			t.Errorf("migration %d is not %s: %v", i+1, file, err)
		}
	}
}
