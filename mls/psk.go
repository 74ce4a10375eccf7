package mls

// PSKType tells an external from a resumption pre-shared key (RFC 9420 section 8.4).
type PSKType uint8

const (
	PSKExternal   PSKType = 1
	PSKResumption PSKType = 2
)

// ResumptionUsage is what a resumption PSK is used for.
type ResumptionUsage uint8

const (
	ResumptionApplication ResumptionUsage = 1
	ResumptionReInit      ResumptionUsage = 2
	ResumptionBranch      ResumptionUsage = 3
)

// PreSharedKeyID names a pre-shared key; its value never travels.
type PreSharedKeyID struct {
	Type  PSKType
	ID    []byte // PSKExternal
	Usage ResumptionUsage
	Group []byte // PSKResumption
	Epoch uint64 // PSKResumption
	Nonce []byte
}
