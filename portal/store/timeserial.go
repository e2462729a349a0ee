package store

import (
	"errors"
	"fmt"
	"strconv"
)

// TimeSerial is the serial of signed times: a device lets its clock go back only for a higher one.
// It rises when a person says that this portal's clock was wrong ([Tx.CorrectTime]), and with every
// generation, so that a portal put back from a backup never signs with a lower serial than the
// devices have seen, which they would refuse as old.
func (tx *Tx) TimeSerial() (uint64, error) {
	generation, err := tx.Generation()
	if err != nil {
		return 0, err
	}
	value, err := tx.meta("time_serial")
	if errors.Is(err, ErrNotFound) {
		return generation, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the serial of signed times: %w", err)
	}
	serial, err := strconv.ParseUint(string(value), 10, 64)
	return max(serial, generation), err
}

// CorrectTime raises the serial: this portal's clock had been ahead and was set back.
func (tx *Tx) CorrectTime() (uint64, error) {
	serial, err := tx.TimeSerial()
	if err != nil {
		return 0, err
	}
	serial = max(serial+1, uint64(tx.Now))
	return serial, tx.setMeta("time_serial", strconv.AppendUint(nil, serial, 10))
}
