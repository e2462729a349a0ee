package vietqr

import (
	"fmt"
	"strings"
)

// What is fixed in every code.
const (
	napas     = "A000000727" // the network's identifier
	toAccount = "QRIBFTTA"
	toCard    = "QRIBFTTC"
	dong      = "704" // ISO 4217
	viet      = "VN"

	static  = "11" // the payer types the amount
	dynamic = "12"
)

// The fields of a code, by their two-digit names.
const (
	tagFormat, tagInitiation, tagMerchant, tagCurrency, tagAmount, tagCountry, tagAdditional, tagCRC = "00", "01", "38", "53", "54", "58", "62", "63"

	subNetwork, subBeneficiary, subService = "00", "01", "02" // of tagMerchant
	subBIN, subNumber                      = "00", "01"       // of subBeneficiary
	subPurpose                             = "08"             // of tagAdditional
)

// crcLength is what the check sum's field takes: name, length, four digits.
const crcLength = 8

// Encode writes t as the text of a QR code. Errors: those of Transfer.Check.
func Encode(t Transfer) (string, error) {
	if err := t.Check(); err != nil {
		return "", fmt.Errorf("writing a transfer code: %w", err)
	}
	initiation, service := static, toAccount
	if t.Amount > 0 {
		initiation = dynamic
	}
	if t.To.Card {
		service = toCard
	}
	beneficiary := field(subBIN, t.To.BIN) + field(subNumber, t.To.Number)
	var b strings.Builder
	b.WriteString(field(tagFormat, "01"))
	b.WriteString(field(tagInitiation, initiation))
	b.WriteString(field(tagMerchant, field(subNetwork, napas)+field(subBeneficiary, beneficiary)+field(subService, service)))
	b.WriteString(field(tagCurrency, dong))
	if t.Amount > 0 {
		b.WriteString(field(tagAmount, fmt.Sprint(t.Amount)))
	}
	b.WriteString(field(tagCountry, viet))
	if t.Purpose != "" {
		b.WriteString(field(tagAdditional, field(subPurpose, t.Purpose)))
	}
	b.WriteString(tagCRC + "04")
	return b.String() + checkSum(b.String()), nil
}

// Parse reads the text of a QR code. It refuses whatever it would have to guess about, and reads
// past fields that change neither payee nor amount (a shop's name, its city). Errors: ErrDamaged,
// ErrForeign, ErrAccount, ErrAmount, ErrPurpose.
func Parse(payload string) (Transfer, error) {
	t, err := parse(payload)
	if err != nil {
		return Transfer{}, fmt.Errorf("reading a transfer code: %w", err)
	}
	return t, nil
}

func parse(payload string) (Transfer, error) {
	if len(payload) < crcLength || len(payload) > maxPayload || !all(payload, isPrintable) {
		return Transfer{}, ErrForeign
	}
	body := payload[:len(payload)-crcLength]
	crc := payload[len(body):]
	if !strings.HasPrefix(crc, tagCRC+"04") {
		return Transfer{}, ErrForeign
	}
	if crc[4:] != checkSum(payload[:len(payload)-4]) {
		return Transfer{}, ErrDamaged
	}
	f, err := fields(body)
	if err != nil {
		return Transfer{}, err
	}
	if f[tagFormat] != "01" || !strings.HasPrefix(body, field(tagFormat, "01")) || f[tagCurrency] != dong || f[tagCountry] != viet || f[tagCRC] != "" {
		return Transfer{}, ErrForeign
	}
	var t Transfer
	if t.To, err = account(f[tagMerchant]); err != nil {
		return Transfer{}, err
	}
	if t.Amount, err = amount(f); err != nil {
		return Transfer{}, err
	}
	additional, err := fields(f[tagAdditional])
	if err != nil {
		return Transfer{}, err
	}
	t.Purpose = additional[subPurpose]
	return t, t.Check()
}

// account reads the field that says where the money goes. Nothing in it may be unknown: it would
// change the payee behind the reader's back.
func account(merchant string) (Account, error) {
	f, err := fields(merchant)
	if err != nil || len(f) != 3 || f[subNetwork] != napas {
		return Account{}, ErrForeign
	}
	a := Account{Card: f[subService] == toCard}
	if !a.Card && f[subService] != toAccount {
		return Account{}, ErrForeign
	}
	to, err := fields(f[subBeneficiary])
	if err != nil || len(to) != 2 {
		return Account{}, ErrForeign
	}
	a.BIN, a.Number = to[subBIN], to[subNumber]
	return a, nil
}

// amount holds that a dynamic code names its amount and a static one leaves it to the payer.
func amount(f map[string]string) (int64, error) {
	text, stated := f[tagAmount]
	switch f[tagInitiation] {
	case static:
		if stated {
			return 0, fmt.Errorf("a static code with an amount: %w", ErrAmount)
		}
		return 0, nil
	case dynamic:
		return parseAmount(text)
	}
	return 0, ErrForeign
}

// fields takes apart name (two digits), length (two digits) and value, again and again. No name may
// stand twice: readers would differ about which one counts.
func fields(text string) (map[string]string, error) {
	out := map[string]string{}
	for text != "" {
		if len(text) < 4 || !all(text[:4], isDigit) {
			return nil, ErrForeign
		}
		name, length := text[:2], 10*int(text[2]-'0')+int(text[3]-'0')
		if _, twice := out[name]; twice || length == 0 || len(text) < 4+length {
			return nil, ErrForeign
		}
		out[name], text = text[4:4+length], text[4+length:]
	}
	return out, nil
}

// field writes one. Values are shorter than 100: Transfer.Check bounds every one of them.
func field(name, value string) string { return fmt.Sprintf("%s%02d%s", name, len(value), value) }

// checkSum is CRC-16/CCITT-FALSE (polynomial 1021, start FFFF, nothing reflected) as four capital
// hexadecimal digits, over everything up to and including the field's own name and length.
func checkSum(text string) string {
	crc := uint16(0xFFFF)
	for i := range len(text) {
		crc ^= uint16(text[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return fmt.Sprintf("%04X", crc)
}

func isPrintable(c byte) bool { return c >= ' ' && c <= '~' }
