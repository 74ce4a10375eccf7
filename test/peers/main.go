// Command peers measures what relaying a message costs servers that one could run instead
// of Parley: make bench-peers. It starts each in a temporary folder on loopback, has pairs of
// accounts send as fast as the server answers, and takes the processor time of the server's
// processes. The servers take turns, Parley first, and medians of all rounds are compared.
//
// What they do for a message differs, and stands in the table: most do not write it to the
// disk before they answer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	job := job{}
	rounds := flag.Int("rounds", 5, "how often each server is measured")
	only := flag.String("only", "", "names of servers, separated by semicolons (default: all)")
	install := flag.Bool("install", false, "install missing servers with apt-get")
	flag.IntVar(&job.messages, "messages", 10_000, "messages in a round, in all")
	flag.IntVar(&job.pairs, "pairs", 16, "pairs of accounts")
	flag.IntVar(&job.window, "window", 32, "unanswered messages a sender")
	flag.StringVar(&job.parley, "parley", "bin/parley", "the program of Parley")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *install {
		installServers(ctx)
	}
	if err := run(ctx, job, *rounds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// peer is a server that is measured.
type peer struct {
	name string
	// does says what the server has done with a message when it answers.
	does string
	// part is how many times fewer messages are sent, to servers that would take minutes.
	part int
	// measure starts the server, does the job and ends it.
	measure func(ctx context.Context, j job) (result, error)
}

// peers are all servers, Parley first: the others are compared with it.
var peers = []peer{
	{"parley, SQLite", "fsync of the message, then acknowledged; pushed, acknowledged by the device, receipt passed on", 1, measureParley},
	{"nats-server, core", "nothing is kept", 1, server(natsCore)},
	{"nats-server, JetStream", "fsync of the message, then acknowledged; acknowledged by the device", 1, server(natsJetStream)},
	{"mosquitto", "kept in memory, QoS 1 both ways; written to the disk every half hour", 1, server(mosquitto)},
	{"prosody, SQLite", "in the archives of both (XEP-0313), stream management both ways", 10, server(prosodyArchive)},
	{"prosody, SQLite, no archive", "nothing is kept while the recipient is connected, stream management both ways", 4, server(prosodyPlain)},
	{"ejabberd, SQLite", "in the archives of both (XEP-0313), stream management both ways", 10, server(ejabberdSQLite)},
	{"ejabberd, PostgreSQL", "in the archives of both (XEP-0313), stream management both ways", 10, server(ejabberdPostgres)},
}

// result is what a round of one server has measured.
type result struct {
	// cpu is the processor time of the server for 1,000 messages.
	cpu time.Duration
	// perSecond is how many messages were delivered a second.
	perSecond float64
	// bytes is how large a message was.
	bytes int
}

func run(ctx context.Context, j job, rounds int, only string) error {
	all := make(map[string][]result)
	broken := make(map[string]error)
	for round := range rounds {
		for _, p := range peers {
			if only != "" && !slices.Contains(strings.Split(only, ";"), p.name) && p.name != peers[0].name {
				continue
			}
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, rounds, p.name)
			its := j
			its.messages /= p.part
			r, err := p.measure(ctx, its)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && p.name == peers[0].name {
				return err
			}
			if err != nil {
				broken[p.name] = err
				fmt.Fprintf(os.Stderr, "\n!!! %s COULD NOT BE MEASURED in this round, which is left out: %v\n\n", strings.ToUpper(p.name), err)
				continue
			}
			j.bytes = r.bytes // the others carry as much as Parley did
			all[p.name] = append(all[p.name], r)
			fmt.Fprintf(os.Stderr, "  %.0f CPU-ms per 1,000 messages, %.0f messages/s\n", milliseconds(r.cpu), r.perSecond)
		}
	}
	print(j, rounds, all, broken)
	if len(broken) > 0 {
		return errors.New("not all servers could be measured; see above")
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median of some figures, of which there is at least one.
func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// print writes the table, in Markdown.
func print(j job, rounds int, all map[string][]result, broken map[string]error) {
	fmt.Printf("%d messages of %d bytes in %d pairs, %d unanswered a sender; medians of %d rounds in turns\n\n", j.messages, j.bytes, j.pairs, j.window, rounds)
	fmt.Println("| server | CPU-ms per 1,000 | by Parley's | messages/s | when it answers |")
	fmt.Println("|---|---|---|---|---|")
	var ours float64
	for i, p := range peers {
		results := all[p.name]
		if len(results) == 0 {
			continue
		}
		var cpu, speed []float64
		for _, r := range results {
			cpu, speed = append(cpu, milliseconds(r.cpu)), append(speed, r.perSecond)
		}
		cost := median(cpu)
		if i == 0 {
			ours = cost
		}
		fmt.Printf("| %s | %.0f (%.0f–%.0f) | %.2f × | %.0f | %s |\n", p.name, cost, cpu[0], cpu[len(cpu)-1], cost/ours, median(speed), p.does)
	}
	for name := range broken {
		fmt.Printf("\n%s was measured in %d of %d rounds.\n", name, len(all[name]), rounds)
	}
}
