package native

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"sync"

	"github.com/ncruces/go-sqlite3"
	sqlitedriver "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
	adiantumcipher "lukechampine.com/adiantum"
	"lukechampine.com/adiantum/hbsh"

	"parley/client/applock"
	"parley/client/store"
)

// sealedVFS is the name of the file system under sealed databases: every file,
// the journals too, is encrypted by Adiantum in blocks of 4,096 bytes.
const sealedVFS = "parley-sealed"

var registerSealed = sync.OnceFunc(func() {
	vfs.Register(sealedVFS, adiantum.Wrap(vfs.Find(""), sealedKeys{}))
})

// keys are the keys of the sealed databases that are open, by a word that stands
// for each in the address of its database. So no key is ever in a string, which
// could not be overwritten.
var keys sync.Map

// rememberKey gives the word for a key until forget is called.
func rememberKey(key []byte) (word string, forget func()) {
	registerSealed()
	word = rand.Text()
	keys.Store(word, key)
	return word, func() { keys.Delete(word) }
}

// sealedKeys makes the cipher of a database from the word for its key.
type sealedKeys struct{}

// KDF implements adiantum.HBSHCreator: it finds the key, or makes one for a
// temporary file.
func (sealedKeys) KDF(word string) []byte {
	if word == "" {
		key := make([]byte, applock.KeySize)
		_, _ = rand.Read(key) // never fails
		return key
	}
	key, ok := keys.Load(word)
	if !ok {
		return nil
	}
	return key.([]byte)
}

// HBSH implements adiantum.HBSHCreator.
func (sealedKeys) HBSH(key []byte) *hbsh.HBSH {
	if len(key) != applock.KeySize {
		return nil
	}
	return adiantumcipher.New(key)
}

// sealedURI names a sealed database by the word for its key.
func sealedURI(path, word string, pragmas ...string) string {
	return fileURI(path, url.Values{"vfs": {sealedVFS}, "textkey": {word}, "_pragma": pragmas})
}

// openSealed opens a database under a key. No shared memory lies beside it: the
// home has one process, and the process one connection.
func openSealed(ctx context.Context, path string, key []byte) (*sql.DB, error) {
	word, forget := rememberKey(key)
	c, err := new(sqlitedriver.SQLite).OpenConnector(sealedURI(path, word,
		"locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)", "temp_store(MEMORY)"))
	if err != nil {
		forget()
		return nil, err
	}
	db := sql.OpenDB(&sealedConnector{c, forget})
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// sealedConnector opens connections with full-text search, which this driver has
// apart, and forgets the key when its database is closed.
type sealedConnector struct {
	driver.Connector
	forget func()
}

// Connect implements driver.Connector.
func (c *sealedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := fts5.Register(conn.(sqlitedriver.Conn).Raw()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Close implements io.Closer for sql.DB.Close.
func (c *sealedConnector) Close() error {
	c.forget()
	return nil
}

// copySealed writes the database at from anew into the empty file at to. A nil
// key stands for a plain one.
func copySealed(ctx context.Context, from string, fromKey []byte, to string, toKey []byte) error {
	fromURI, forgetFrom := eitherURI(from, fromKey)
	defer forgetFrom()
	toURI, forgetTo := eitherURI(to, toKey)
	defer forgetTo()
	conn, err := sqlite3.OpenContext(ctx, fromURI)
	if err != nil {
		return err
	}
	if err = fts5.Register(conn); err == nil {
		err = vacuumInto(conn, toURI)
	}
	return errors.Join(err, conn.Close())
}

// eitherURI names a plain or a sealed database until forget is called.
func eitherURI(path string, key []byte) (uri string, forget func()) {
	if key == nil {
		return fileURI(path, url.Values{"vfs": {"os"}}), func() {}
	}
	word, forget := rememberKey(key)
	return sealedURI(path, word), forget
}

func vacuumInto(conn *sqlite3.Conn, uri string) error {
	statement, _, err := conn.Prepare("VACUUM INTO ?")
	if err != nil {
		return err
	}
	err = statement.BindText(1, uri)
	if err == nil {
		err = statement.Exec()
	}
	return errors.Join(err, statement.Close())
}

// isFull implements applock.Config.IsFull.
func isFull(err error) bool {
	code, ok := resultCode(err)
	return ok && code&0xff == store.Full
}

// resultCode implements client.Config.ResultCode for both drivers.
func resultCode(err error) (code int, ok bool) {
	if sealed, is := errors.AsType[sqlite3.ExtendedErrorCode](err); is {
		return int(sealed), true
	}
	return store.ResultCode(err)
}
