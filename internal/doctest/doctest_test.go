package doctest

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

func TestDocumentsNameOnlyWhatExists(t *testing.T) {
	problems, err := Problems(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"link to a file", "[feed](../client/feed.go#L1)", ""},
		{"link to a folder", "[client](../client)", ""},
		{"link elsewhere", "[Go](https://go.dev/no.go) [mail](mailto:a@b.md) [above](#above)", ""},
		{"link to nothing", "[feed](../client/food.go)", "docs/a.md:1: there is no client/food.go"},
		{"picture of nothing", "![app](images/app.png)", "docs/a.md:1: there is no docs/images/app.png"},
		{"link out of the repository", "[x](../../x.md)", "docs/a.md:1: there is no ../x.md"},
		{"path of a file", "see `client/feed.go` and `client/...`", ""},
		{"path of nothing", "one\nsee `client/food.go`", "docs/a.md:2: there is no client/food.go"},
		{"path of no folder", "see `client/food`", "docs/a.md:1: there is no client/food"},
		{"path in a folder that is not there", "see `lost/feed.go`", "docs/a.md:1: there is no lost/feed.go"},
		{"packages of others", "`github.com/coder/websocket`, `github.com/nats-io/nats.go`, `crypto/ecdh`, `@types/node`", ""},
		{"routes, commands and patterns", "`/healthz` `cat client/food.go` `client/*.go` `feed.go`", ""},
		{"code block", "```\n[x](x.md) `client/food.go`\n```\n`client/food.go`", "docs/a.md:4: there is no client/food.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems, err := Problems(fstest.MapFS{"client/feed.go": {}, "docs/a.md": {Data: []byte(c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if !slices.Equal(problems, want) {
				t.Errorf("problems %q, want %q", problems, want)
			}
		})
	}
}
