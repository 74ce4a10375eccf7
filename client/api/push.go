package api

// Push is how this device can be woken while it is not connected (M92).
type Push struct {
	// The relay's public key, base64url, as a browser wants it for a subscription;
	// empty where the relay wakes nobody.
	PublicKey string `json:"publicKey"`
	// Where the relay wakes this device; empty if it does not.
	Endpoint string `json:"endpoint"`
}

// PushEndpoint is where a push service takes wake-ups for this device.
type PushEndpoint struct {
	// An https address; empty to be woken no more.
	Endpoint string `json:"endpoint"`
}

// PushTest is what came of trying to wake this device.
type PushTest struct {
	// The HTTP status that the push service answered; 0 if the relay could not
	// reach it, or there is no subscription.
	Status int `json:"status"`
}
