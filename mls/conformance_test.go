package mls

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// conformancePage has the table of what passes: a row for each file of vectors,
// a column for each suite, and one for cases that belong to no suite.
const conformancePage = "../docs/mls.md"

// conformanceColumns are the suites of the table's columns; 0 stands for none.
var conformanceColumns = []CipherSuite{
	SuiteX25519AES128, SuiteP256AES128, SuiteX25519ChaCha20, SuiteP521AES256, SuiteP384AES256, 0,
}

// conformanceTable reads the rows of the table, by file.
func conformanceTable(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(conformancePage)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if kind := strings.Trim(cells[0], "`"); vectorKinds[kind] != nil && len(cells) == 1+len(conformanceColumns) {
			rows[kind] = cells[1:]
		}
	}
	return rows
}

// A tally counts the cases of one file that passed, by suite.
type tally struct {
	mu    sync.Mutex
	cases map[CipherSuite]int
}

func (c *tally) add(s CipherSuite) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cases == nil {
		c.cases = map[CipherSuite]int{}
	}
	c.cases[s]++
}

// compare fails the test if the page claims something else for a suite of this build.
func (c *tally) compare(t *testing.T, row []string) {
	if t.Failed() {
		return
	}
	var passed []string
	differs := len(row) != len(conformanceColumns)
	for i, s := range conformanceColumns {
		cell := "–"
		if n := c.cases[s]; n > 0 {
			cell = strconv.Itoa(n)
		}
		passed = append(passed, cell)
		if !differs && (s == 0 || s.Supported()) {
			differs = row[i] != cell
		}
	}
	if differs {
		t.Errorf("%s: the row of this file should be\n%s", conformancePage, fmt.Sprint("| ", strings.Join(passed, " | "), " |"))
	}
}
