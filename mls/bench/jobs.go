package main

import "time"

// A job is something to measure. measure does it count times and returns the
// mean time of one; what it needs before is made outside of that time.
type job struct {
	name    string
	count   int  // in a small group; in a large one, long jobs are done once
	grows   bool // the group grows, so that a small one is made anew each time
	measure func(p pair, count int) (time.Duration, error)
}

// messageSize is of the plaintext.
const messageSize = 200

var jobs = []job{
	{"encrypt 200 bytes", 400, false, encryptMany},
	{"decrypt 200 bytes", 400, false, decryptMany},
	{"external join", 20, false, joinMany},
	{"commit an Add", 1, true, addMany},
	{"process that Add", 1, true, processMany},
}

// small tells groups that are quickly made.
func small(n int) bool { return n <= 100 }

// batch is how often the job is done in one round.
func (j job) batch(n int) int {
	if j.count < 100 && !small(n) {
		return 1
	}
	return j.count
}

func encryptMany(p pair, count int) (time.Duration, error) {
	messages, d, err := encrypted(p, count)
	if err != nil {
		return 0, err
	}
	return d, decryptAll(p, messages)
}

func encrypted(p pair, count int) ([][]byte, time.Duration, error) {
	messages, text := make([][]byte, count), make([]byte, messageSize)
	start := time.Now()
	for i := range messages {
		var err error
		if messages[i], err = p.encrypt(text); err != nil {
			return nil, 0, err
		}
	}
	return messages, time.Since(start) / time.Duration(count), nil
}

func decryptAll(p pair, messages [][]byte) error {
	for _, message := range messages {
		if err := p.decrypt(message); err != nil {
			return err
		}
	}
	return nil
}

func decryptMany(p pair, count int) (time.Duration, error) {
	messages, _, err := encrypted(p, count)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	err = decryptAll(p, messages)
	return time.Since(start) / time.Duration(count), err
}

func addMany(p pair, count int) (time.Duration, error) {
	adding, _, err := adds(p, count)
	return adding, err
}

func processMany(p pair, count int) (time.Duration, error) {
	_, processing, err := adds(p, count)
	return processing, err
}

// adds lets one member commit Adds and the other process them.
func adds(p pair, count int) (adding, processing time.Duration, err error) {
	for range count {
		keyPackage, err := p.newcomer()
		if err != nil {
			return 0, 0, err
		}
		start := time.Now()
		commit, err := p.add(keyPackage)
		if err != nil {
			return 0, 0, err
		}
		adding += time.Since(start)
		start = time.Now()
		if err := p.process(commit); err != nil {
			return 0, 0, err
		}
		processing += time.Since(start)
	}
	return adding / time.Duration(count), processing / time.Duration(count), nil
}

func joinMany(p pair, count int) (time.Duration, error) {
	info, err := p.groupInfo()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	for range count {
		if err := p.join(info); err != nil {
			return 0, err
		}
	}
	return time.Since(start) / time.Duration(count), nil
}
