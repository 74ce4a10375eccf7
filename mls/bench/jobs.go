package main

import "time"

// A job is something to measure. measure does it count times and returns the
// mean CPU time of one; what it needs before is made outside of that time.
type job struct {
	name    string
	count   int  // in a small group; in a large one, long jobs are done once
	grows   bool // the group grows, so that a small one is made anew each time
	measure func(p pair, count int) (time.Duration, error)
}

const (
	encryptJob = "encrypt 200 bytes"
	decryptJob = "decrypt 200 bytes"
	joinJob    = "external join"
	addJob     = "commit an Add"
	processJob = "process that Add"
)

// messageSize is of the plaintext.
const messageSize = 200

var jobs = []job{
	{encryptJob, 400, false, encryptMany},
	{decryptJob, 400, false, decryptMany},
	{joinJob, 20, false, joinMany},
	{addJob, 1, true, addMany},
	{processJob, 1, true, processMany},
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
	start := cpuTime()
	for i := range messages {
		var err error
		if messages[i], err = p.encrypt(text); err != nil {
			return nil, 0, err
		}
	}
	return messages, (cpuTime() - start) / time.Duration(count), nil
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
	start := cpuTime()
	err = decryptAll(p, messages)
	return (cpuTime() - start) / time.Duration(count), err
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
		start := cpuTime()
		commit, err := p.add(keyPackage)
		if err != nil {
			return 0, 0, err
		}
		adding += (cpuTime() - start)
		start = cpuTime()
		if err := p.process(commit); err != nil {
			return 0, 0, err
		}
		processing += (cpuTime() - start)
	}
	return adding / time.Duration(count), processing / time.Duration(count), nil
}

func joinMany(p pair, count int) (time.Duration, error) {
	info, err := p.groupInfo()
	if err != nil {
		return 0, err
	}
	start := cpuTime()
	for range count {
		if err := p.join(info); err != nil {
			return 0, err
		}
	}
	return (cpuTime() - start) / time.Duration(count), nil
}
