package seal

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bendo/internal/durable"
)

// ErrNoKey means that Options.MustExist was set and there is no office key.
var ErrNoKey = errors.New("the office key is missing; put the keys directory back, or restore the key with the province's recovery identity")

// ErrNoDeviceKey means that an enrolled machine has lost its signing key.
var ErrNoDeviceKey = errors.New("the machine is enrolled, but its device key is missing; put the keys directory back, or let the province enrol the machine anew in place of this one")

// Names of the files in the keys directory and of the system credential.
const (
	officeKeyFile = "office.key"
	deviceKeyFile = "device.key"

	// CredentialName is what the service unit calls the office key, for example
	// LoadCredentialEncrypted=bendo.office-key:/etc/bendo/office-key.cred (32 bytes).
	CredentialName = "bendo.office-key"
)

// hook is called after each step of making keys; tests kill the process there. Nil outside tests.
var hook func(step string)

func reached(step string) {
	if hook != nil {
		hook(step)
	}
}

// Source says where the office key came from.
type Source string

// The sources, the best first.
const (
	FromCredential Source = "credential" // the system gave it to the service (systemd, TPM)
	FromSystem     Source = "system"     // a file that the system unlocks for this user (Windows DPAPI)
	FromKeysDir    Source = "keys"       // a plain file under --keys
	FromSibling    Source = "sibling"    // a plain file beside the data directory
)

// Options say where the keys of one data directory are.
type Options struct {
	// DataDir is the data directory; keys never lie under it. Needed.
	DataDir string
	// KeysDir is what --keys says; empty means DataDir + ".keys".
	KeysDir string
	// CredentialsDir is the value of $CREDENTIALS_DIRECTORY, or empty.
	CredentialsDir string
	// MustExist forbids making a new office key; whoever finds data sets it, because a new key
	// would open none of it.
	MustExist bool
}

// Keeper holds the office key and what is derived from it. Safe for concurrent use.
type Keeper struct {
	office Key
	wrap   Key
	name   Key
	device Key
	dir    string
	source Source
}

// LoadOrCreate finds the office key (the system's credential first, then the keys directory) or
// makes one in the keys directory. When it returns, the key is durable. Two processes that call
// it at once get the same key.
func LoadOrCreate(opts Options) (*Keeper, error) {
	dir, source, err := keysDir(opts)
	if err != nil {
		return nil, fmt.Errorf("opening the keys: %w", err)
	}
	given, err := readCredential(opts.CredentialsDir)
	if err != nil {
		return nil, fmt.Errorf("opening the keys: %w", err)
	}
	office, kind, err := readOfficeKey(dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("opening the keys: %w", err)
	case err == nil && !given.IsZero() && office != given:
		return nil, fmt.Errorf("opening the keys: %s and the credential %s hold different office keys; remove the wrong one",
			filepath.Join(dir, officeKeyFile), CredentialName)
	case !given.IsZero():
		office, source = given, FromCredential
	case err != nil && opts.MustExist:
		return nil, fmt.Errorf("opening the keys in %s: %w", dir, ErrNoKey)
	case err != nil:
		if office, kind, err = makeOfficeKey(dir, NewDossierKey()); err != nil {
			return nil, fmt.Errorf("making the office key: %w", err)
		}
	}
	if source != FromCredential && kind != kindPlain {
		source = FromSystem
	}
	return newKeeper(office, dir, source), nil
}

func newKeeper(office Key, dir string, source Source) *Keeper {
	k := &Keeper{office: office, dir: dir, source: source}
	k.wrap, k.name, k.device = k.derive("wrap"), k.derive("name"), k.derive("device")
	return k
}

// derive makes the office's key for one purpose; purposes are never renamed.
func (k *Keeper) derive(purpose string) Key {
	b, err := hkdf.Key(sha256.New, k.office.b[:], nil, "bendo/1/"+purpose, KeySize)
	if err != nil {
		panic(err) // only for an absurd length
	}
	key, _ := keyOf(b)
	return key
}

// keysDir decides on the directory and refuses one that the data would take along.
func keysDir(opts Options) (string, Source, error) {
	if opts.DataDir == "" {
		return "", "", errors.New("no data directory was named")
	}
	data, err := resolve(opts.DataDir)
	if err != nil {
		return "", "", err
	}
	dir, source := data+".keys", FromSibling
	if opts.KeysDir != "" {
		if dir, err = resolve(opts.KeysDir); err != nil {
			return "", "", err
		}
		source = FromKeysDir
	}
	rel, err := filepath.Rel(data, dir)
	if err == nil && filepath.IsLocal(rel) {
		return "", "", fmt.Errorf("the keys directory %s lies in the data directory; choose one outside with --keys", dir)
	}
	return dir, source, nil
}

// resolve makes a path absolute and follows links as far as the path exists.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for p := path; ; p = filepath.Dir(p) {
		real, err := filepath.EvalSymlinks(p)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(p) == p {
			return "", err
		}
		rest = filepath.Join(filepath.Base(p), rest)
	}
}

func readCredential(dir string) (Key, error) {
	if dir == "" {
		return Key{}, nil
	}
	b, err := os.ReadFile(filepath.Join(dir, CredentialName))
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, nil // the unit has other credentials, not this one
	}
	if err != nil {
		return Key{}, fmt.Errorf("reading the credential %s: %w", CredentialName, err)
	}
	key, err := keyOf(b)
	if err != nil {
		return Key{}, fmt.Errorf("reading the credential %s: %w", CredentialName, err)
	}
	return key, nil
}

func readOfficeKey(dir string) (Key, string, error) {
	b, err := readPrivate(filepath.Join(dir, officeKeyFile))
	if err != nil {
		return Key{}, "", err
	}
	return parseKeyFile(b)
}

// makeOfficeKey stores key as the office key, or takes the one another process stored first.
func makeOfficeKey(dir string, key Key) (Key, string, error) {
	// A cut after this: an empty directory, which the next start uses.
	if err := makePrivateDir(dir); err != nil {
		return Key{}, "", err
	}
	reached("directory made")
	text, err := formatKeyFile(key)
	if err != nil {
		return Key{}, "", err
	}
	// A cut before the name: a temporary file with a key nobody ever used. After: the key.
	err = durable.WriteNew(filepath.Join(dir, officeKeyFile), text, 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, "", err
	}
	reached("office key named")
	return readOfficeKey(dir) // from here on only what is on disk counts, ours or another process's
}

// Warning is a sentence for the log when the key is not protected by the system, else empty.
func (k *Keeper) Warning() string {
	switch k.source {
	case FromKeysDir:
		return "THE OFFICE KEY LIES UNPROTECTED in the --keys directory: whoever copies it and the data can read every dossier; give the service a system credential instead"
	case FromSibling:
		return "THE OFFICE KEY LIES UNPROTECTED on the same disk as the data: whoever takes the disk can read every dossier; give the service a system credential, or name another disk with --keys"
	}
	return ""
}

// Source says where the office key came from.
func (k *Keeper) Source() Source { return k.source }

// Dir is the keys directory.
func (k *Keeper) Dir() string { return k.dir }

// KeyID tells office keys apart without revealing them: 8 bytes. Whoever stores sealed data stores
// it once beside them and compares at the next start, before anything is sealed with a wrong key.
func (k *Keeper) KeyID() [8]byte {
	return [8]byte(k.mac("id", nil)[:8])
}

func (k *Keeper) mac(purpose string, data []byte) []byte {
	key := k.derive(purpose)
	h := hmac.New(sha256.New, key.b[:])
	h.Write(data)
	return h.Sum(nil)
}

// Wrap seals a dossier's key under the office key for that dossier.
func (k *Keeper) Wrap(key Key, dossier [16]byte) []byte {
	if key.IsZero() {
		panic("seal: wrapping no key")
	}
	return Seal(k.wrap, AAD{Table: "dossier-key", ID: dossier[:]}, key.b[:])
}

// Unwrap returns the key that was wrapped for the dossier. Nothing wrapped is [ErrErased].
func (k *Keeper) Unwrap(wrapped []byte, dossier [16]byte) (Key, error) {
	if len(wrapped) == 0 {
		return Key{}, ErrErased
	}
	b, err := Open(k.wrap, AAD{Table: "dossier-key", ID: dossier[:]}, wrapped)
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping the key of dossier %x: %w", dossier, err)
	}
	return keyOf(b)
}

// Index is the blind index of a value: 16 bytes, equal for equal values of one field under one
// office key, telling nothing else. Normalise first (digits only for citizen and phone numbers).
// It shows who has several dossiers; it is not for names, of which there are too few.
func (k *Keeper) Index(field, normalized string) []byte {
	return k.mac("index:"+field, []byte(normalized))[:16]
}

// Name is the file name of a dossier's scan: 64 hex digits that show neither the digest of the
// scan nor that two dossiers hold the same one.
func (k *Keeper) Name(dossier [16]byte, sha256sum [32]byte) string {
	h := hmac.New(sha256.New, k.name.b[:])
	h.Write(dossier[:])
	h.Write(sha256sum[:])
	return hex.EncodeToString(h.Sum(nil))
}

// DeviceKey returns the signing key of this machine, made at the first call and kept sealed in
// the keys directory. When it returns, the key is durable; two processes get the same one.
func (k *Keeper) DeviceKey() (ed25519.PrivateKey, error) {
	path := filepath.Join(k.dir, deviceKeyFile)
	sealed, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		sealed, err = k.makeDeviceKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the device key: %w", err)
	}
	seed, err := Open(k.device, AAD{Table: "device-key"}, sealed)
	if err != nil {
		return nil, fmt.Errorf("opening the device key %s: %w", path, err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("opening the device key %s: %w", path, ErrTampered)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// EnrolledDeviceKey is DeviceKey for a machine that the province knows already: a missing key is
// [ErrNoDeviceKey], for a new one would sign what nobody accepts.
func (k *Keeper) EnrolledDeviceKey() (ed25519.PrivateKey, error) {
	if _, err := os.Stat(filepath.Join(k.dir, deviceKeyFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the device key in %s: %w", k.dir, ErrNoDeviceKey)
	}
	return k.DeviceKey()
}

// RetireDeviceKey puts the signing key aside, under a name that says so, and the next DeviceKey makes
// a new one: a machine that has lost whose it is takes its own place as a new one, and the province takes
// no key twice. Without a key it does nothing. A power cut leaves the key in force or put aside.
func (k *Keeper) RetireDeviceKey() error {
	path := filepath.Join(k.dir, deviceKeyFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	mark := make([]byte, 4)
	rand.Read(mark)
	if err := durable.Rename(path, path+".retired-"+hex.EncodeToString(mark)); err != nil {
		return fmt.Errorf("putting the device key aside: %w", err)
	}
	return nil
}

func (k *Keeper) makeDeviceKey(path string) ([]byte, error) {
	if err := makePrivateDir(k.dir); err != nil {
		return nil, err
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	err := durable.WriteNew(path, Seal(k.device, AAD{Table: "device-key"}, seed), 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	reached("device key named")
	return readPrivate(path)
}
