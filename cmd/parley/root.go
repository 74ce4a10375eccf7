package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage is what errors about flags and arguments are; see usageError.
var errUsage = errors.New("usage")

// commands makes each command of the root; a new one is one file and one line.
var commands = []func(streams) *cobra.Command{
	newServe,
	newAdmin,
	newBench,
	newVersion,
	newRegister, newPIN, newLink, newDevices, newNotices, newHistory, newSend, newReceive, newDownload, newExport, newContacts, newChats, newChat, newGroup, newCommunity, newMessages, newReact, newEdit, newDelete, newForward, newPinMessage, newUnpinMessage, newPoll, newVote, newPlace, newContactCard, newTimer, newSticker, newStar, newUnstar, newStarred, newSearch, newSafetyNumber, newProfile, newSettings, newStatus, newLock, newDoctor, newRPC, newLogout,
}

// run executes the command line and returns the exit status. Errors are
// written to std.err.
func run(ctx context.Context, args []string, std streams) int {
	root := newRoot(std)
	started := false
	noteStart(root, &started)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if errors.As(err, new(shownError)) {
		if errors.Is(err, errUsage) {
			return exitUsage
		}
		return exitFailed
	}
	if !started || errors.Is(err, errUsage) {
		fmt.Fprintf(std.err, "parley: %s\nRun 'parley help' to see how it is used.\n", err)
		return exitUsage
	}
	fmt.Fprintf(std.err, "parley: %s\n", err)
	return exitFailed
}

func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "parley",
		Short:         "Self-hosted, end-to-end encrypted messages on all your devices",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.AddGroup(&cobra.Group{ID: deviceGroup, Title: "As a device:"})
	for _, newCommand := range commands {
		root.AddCommand(newCommand(std))
	}
	return root
}

// noteStart makes every command set started when its own code begins: errors
// before that are about flags and arguments.
func noteStart(c *cobra.Command, started *bool) {
	if inner := c.RunE; inner != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			*started = true
			return inner(cmd, args)
		}
	}
	for _, child := range c.Commands() {
		noteStart(child, started)
	}
}

// mistake is an error of the caller; it reads as the error inside.
type mistake struct{ error }

// Is reports that a mistake is errUsage.
func (mistake) Is(target error) bool { return target == errUsage }

// usageError makes an error that ends in exit status 2.
func usageError(format string, args ...any) error {
	return mistake{fmt.Errorf(format, args...)}
}

// shownError is an error that its command has written out already.
type shownError struct{ error }

// Unwrap returns the error inside.
func (e shownError) Unwrap() error { return e.error }
