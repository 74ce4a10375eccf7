package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"parley/internal/store/postgres/postgrestest"
)

const ejabberdConfig = `
hosts: [localhost]
loglevel: error
listen:
  - {port: PORT, ip: "127.0.0.1", module: ejabberd_c2s, shaper: none, access: all}
auth_method: sql
auth_password_format: scram
default_db: sql
new_sql_schema: true
registration_timeout: infinity
SQL
access_rules: {register: [allow]}
modules:
  mod_disco: {}
  mod_mam: {default: always, assume_mam_usage: true}
  mod_register: {ip_access: all, access: register}
  mod_stream_mgmt: {}
`

func ejabberdSQLite(ctx context.Context, dir string) (*running, error) {
	return startEjabberd(ctx, dir, "sql_type: sqlite\nsql_database: \""+dir+"/ejabberd.sqlite\"")
}

// ejabberdPostgres has a PostgreSQL server of its own, whose processes count as well.
func ejabberdPostgres(ctx context.Context, dir string) (_ *running, err error) {
	database, err := postgrestest.Start(true)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, database.Stop())
		}
	}()
	if err := loadSchema(ctx, database); err != nil {
		return nil, err
	}
	address, closing, err := forward(database.Socket())
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	settings := "sql_type: pgsql\nsql_server: \"127.0.0.1\"\nsql_port: " + port + "\nsql_database: ejabberd\nsql_username: parley\nsql_password: none\nsql_pool_size: 10"
	s, err := startEjabberd(ctx, dir, settings)
	if err != nil {
		return nil, err
	}
	stop := s.stop
	s.pids = append(s.pids, database.PID())
	s.stop = func() {
		stop()
		_ = closing()       // what it forwards has ended
		_ = database.Stop() // its folder goes as well
	}
	return s, nil
}

// forward listens on loopback for a server that listens on a socket alone. It does so in
// this process, whose processor time nobody counts.
func forward(socket string) (address string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // stopped
			}
			to, err := net.Dial("unix", socket)
			if err != nil {
				_ = from.Close() // it tries again
				continue
			}
			for _, pipe := range [][2]net.Conn{{from, to}, {to, from}} {
				go func() {
					_, _ = io.Copy(pipe[1], pipe[0])
					_ = pipe[1].Close()
				}()
			}
		}
	}()
	return listener.Addr().String(), listener.Close, nil
}

// loadSchema makes the database as ejabberd has it.
func loadSchema(ctx context.Context, server *postgrestest.Server) error {
	schema, err := os.ReadFile("/usr/share/ejabberd/sql/pg.new.sql")
	if err != nil {
		return err
	}
	url, err := server.CreateDatabase(ctx, "ejabberd")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, string(schema), pgx.QueryExecModeSimpleProtocol)
	return errors.Join(err, conn.Close(ctx))
}

func startEjabberd(ctx context.Context, dir, sql string) (*running, error) {
	address, port, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "ejabberd.yml")
	if err := os.WriteFile(config, []byte(strings.NewReplacer("PORT", port, "SQL", sql).Replace(ejabberdConfig)), 0o600); err != nil {
		return nil, err
	}
	// Not ejabberdctl: it changes the user, and its node would be known to the machine's.
	libraries, err := filepath.Glob("/usr/lib/*/ejabberd-*/ebin/ejabberd.beam")
	if err != nil || len(libraries) == 0 {
		return nil, errors.Join(errors.New("ejabberd is not installed"), err)
	}
	library := filepath.Join(filepath.Dir(libraries[0]), "../..")
	p, err := start(dir, []string{"ERL_LIBS=" + library, "EJABBERD_CONFIG_PATH=" + config, "HOME=" + dir, "EJABBERD_LOG_PATH=" + filepath.Join(dir, "ejabberd.log")},
		"/usr/bin/erl", "+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", `"`+dir+`"`, "-s", "ejabberd", "-kernel", "start_distribution", "false")
	if err != nil {
		return nil, err
	}
	return &running{pids: []int{p.Process.Pid}, connect: connectXMPP(address), stop: p.stop}, p.await(ctx, address)
}
