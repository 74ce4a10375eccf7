package mls

import (
	"fmt"
	"io"
)

// The types below hold secrets in fields that fmt would print, as it calls no
// methods of fields that are not exported. Each prints as redacted, however it
// is printed; the exported types have their methods beside them.

func redact(f fmt.State) { io.WriteString(f, redacted) }

func (keyPair) Format(f fmt.State, _ rune)          { redact(f) }
func (nodeKeys) Format(f fmt.State, _ rune)         { redact(f) }
func (messageKey) Format(f fmt.State, _ rune)       { redact(f) }
func (skippedKey) Format(f fmt.State, _ rune)       { redact(f) }
func (ratchet) Format(f fmt.State, _ rune)          { redact(f) }
func (leafRatchets) Format(f fmt.State, _ rune)     { redact(f) }
func (secretTree) Format(f fmt.State, _ rune)       { redact(f) }
func (keyUse) Format(f fmt.State, _ rune)           { redact(f) }
func (epoch) Format(f fmt.State, _ rune)            { redact(f) }
func (epochSecrets) Format(f fmt.State, _ rune)     { redact(f) }
func (nextEpoch) Format(f fmt.State, _ rune)        { redact(f) }
func (transition) Format(f fmt.State, _ rune)       { redact(f) }
func (scheduled) Format(f fmt.State, _ rune)        { redact(f) }
func (epochView) Format(f fmt.State, _ rune)        { redact(f) }
func (opened) Format(f fmt.State, _ rune)           { redact(f) }
func (ratchetEpoch) Format(f fmt.State, _ rune)     { redact(f) }
func (ratchetLoader) Format(f fmt.State, _ rune)    { redact(f) }
func (newPath) Format(f fmt.State, _ rune)          { redact(f) }
func (pathReader) Format(f fmt.State, _ rune)       { redact(f) }
func (commitBuilder) Format(f fmt.State, _ rune)    { redact(f) }
func (pendingCommit) Format(f fmt.State, _ rune)    { redact(f) }
func (staging) Format(f fmt.State, _ rune)          { redact(f) }
func (storedProposal) Format(f fmt.State, _ rune)   { redact(f) }
func (pastEpoch) Format(f fmt.State, _ rune)        { redact(f) }
func (resumptionSecret) Format(f fmt.State, _ rune) { redact(f) }
func (welcomeJoin) Format(f fmt.State, _ rune)      { redact(f) }
func (groupSecrets) Format(f fmt.State, _ rune)     { redact(f) }
func (selection) Format(f fmt.State, _ rune)        { redact(f) }
func (candidates) Format(f fmt.State, _ rune)       { redact(f) }
func (derivation) Format(f fmt.State, _ rune)       { redact(f) }
