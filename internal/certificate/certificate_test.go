package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	last        int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign returns a chain of PEM for names.
func (a *authority) sign(t *testing.T, key any, names ...string) []byte {
	t.Helper()
	a.last++
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1 + a.last), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(200 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.certificate, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})...)
}

// write puts a new certificate into the files.
func (a *authority) write(t *testing.T, certificate, key string) {
	t.Helper()
	private := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{
		certificate: a.sign(t, private.Public(), "chat.example.org"), key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func serial(t *testing.T, f *Files) int64 {
	t.Helper()
	c, err := f.Get(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf.SerialNumber.Int64()
}

// A certificate that is renewed is used without a restart; one that is being written, or
// broken, leaves the one before.
func TestFilesAreReadAgain(t *testing.T) {
	a, dir, now := newAuthority(t), t.TempDir(), time.Now()
	certificate, key := filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")
	if _, err := ReadFiles(certificate, key, time.Now); err == nil {
		t.Error("files that are not there were read")
	}
	a.write(t, certificate, key)
	f, err := ReadFiles(certificate, key, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first := serial(t, f)
	a.write(t, certificate, key)
	later := time.Now().Add(time.Second)
	if err := os.Chtimes(certificate, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(t, f); got != first {
		t.Errorf("within a minute the files were read again: %d", got)
	}
	now = now.Add(lookEvery)
	renewed := serial(t, f)
	if renewed != first+1 {
		t.Errorf("after a minute the certificate is %d, want %d", renewed, first+1)
	}
	if err := os.WriteFile(key, []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(key, later.Add(time.Second), later.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery)
	if got := serial(t, f); got != renewed {
		t.Errorf("with a broken key the certificate is %d, want %d", got, renewed)
	}
}
