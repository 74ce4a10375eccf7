//go:build linux

package deploy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container is what deploy/Containerfile says.
type container struct {
	// copies are from where to where.
	copies                           [][2]string
	user                             string
	healthcheck, entrypoint, command []string
}

func readContainerfile(t *testing.T) container {
	t.Helper()
	text, err := os.ReadFile("Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	list := func(text string) (words []string) {
		if err := json.Unmarshal([]byte(text), &words); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return words
	}
	var c container
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		fields := strings.Fields(rest)
		switch name {
		case "FROM":
			if rest != "scratch" {
				t.Errorf("the image is built on %s, which needs the network", rest)
			}
		case "COPY":
			c.copies = append(c.copies, [2]string{fields[len(fields)-2], fields[len(fields)-1]})
		case "USER":
			c.user = rest
		case "HEALTHCHECK":
			_, command, _ := strings.Cut(rest, "CMD ")
			c.healthcheck = list(command)
		case "ENTRYPOINT":
			c.entrypoint = list(rest)
		case "CMD":
			c.command = list(rest)
		}
	}
	return c
}

// root makes a root of a file system with what the Containerfile copies, and no more.
func (c container) root(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, copied := range c.copies {
		to := filepath.Join(root, copied[1])
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch copied[0] {
		case "parley":
			// As make build does, so that the packages come from the cache.
			build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -X main.version=dev", "-o", to, "parley/cmd/parley")
			build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
			var out []byte
			if out, err = build.CombinedOutput(); err != nil {
				t.Fatalf("build: %v\n%s", err, out)
			}
		case "data":
			if err = os.Mkdir(to, 0o755); err == nil && os.Geteuid() == 0 {
				err = os.Chown(to, 65532, 65532)
			}
		default:
			err = os.WriteFile(to, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// inside returns a command that sees the root alone, as the user of the container.
func inside(t *testing.T, root string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Path, cmd.Dir, cmd.Env, cmd.Err = args[0], "/", []string{}, nil
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 65532, Gid: 65532}
	} else {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// The program runs with nothing but what the Containerfile copies, as its user, writes into
// its volume alone, and its health check says so. No container engine is asked.
func TestContainerfileIsEnough(t *testing.T) {
	c := readContainerfile(t)
	if c.user != "65532:65532" {
		t.Errorf("the user is %q", c.user)
	}
	root := c.root(t)
	health := inside(t, root, c.healthcheck...)
	if out, err := health.CombinedOutput(); err == nil {
		t.Errorf("without a relay the health check says %s", out)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	// Loopback and a free port: the port of the image may be taken here.
	args := append(c.entrypoint, c.command...)
	if args[len(args)-1] != "0.0.0.0:8480" {
		t.Errorf("it listens on %s", args[len(args)-1])
	}
	args[len(args)-1] = "127.0.0.1:0"
	relay := inside(t, root, args...)
	out, err := relay.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	relay.Stderr = &log
	if err := relay.Start(); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("SKIPPED: this machine gives no root of its own: %v", err)
		}
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the relay did not start: %v %s", err, log.String())
	}
	url := strings.Fields(strings.TrimPrefix(line, "Parley listens on "))[0]
	for ctx.Err() == nil {
		said, err := inside(t, root, append(c.healthcheck, "--url", url)...).CombinedOutput()
		if err == nil && string(said) == "ok\n" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Error("the health check never was well")
	}
	if err := relay.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := relay.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, log.String())
	}
	if _, err := os.Stat(filepath.Join(root, "data", "relay.db")); err != nil {
		t.Errorf("its data are not in the volume: %v", err)
	}
	if found, _ := os.ReadDir(root); len(found) != 3 { // parley, etc, data
		t.Errorf("the root has %v", found)
	}
}
