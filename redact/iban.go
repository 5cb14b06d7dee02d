package redact

import "slices"

// ibanIn finds the last whole IBAN in capitals and digits. A number of 25 digits is
// tried as a French one of which the letters were not heard; it is in buf then.
func ibanIn(chars, buf []byte) []byte {
	for i, c := range slices.Backward(chars) {
		if c <= '9' || i+2 > len(chars) {
			continue
		}
		n := ibanLength(string(chars[i : i+2]))
		if n > 0 && i+n <= len(chars) && mod97(chars[i:i+n]) == 1 {
			return chars[i : i+n]
		}
	}
	if len(chars) != frenchIBAN-2 {
		return nil
	}
	iban := append(append(buf, "FR"...), chars...)
	if mod97(iban) != 1 {
		return nil
	}
	return iban
}

const frenchIBAN = 27 // letters and digits

// mod97 is the remainder of an IBAN (ISO 13616, by ISO 7064 MOD 97-10): 1 if it was
// heard right. The first four characters count last, and A is 10.
func mod97(iban []byte) int {
	rest := 0
	count := func(c byte) {
		if c > '9' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	for _, c := range iban[4:] {
		count(c)
	}
	for _, c := range iban[:4] {
		count(c)
	}
	return rest
}

// ibanLength is how long the IBANs of a country are (SWIFT, IBAN registry), 0 if it
// has none.
func ibanLength(country string) int { //nolint:cyclop // a table of countries
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "FK", "FO", "GL", "NL", "SD":
		return 18
	case "MK", "SI":
		return 19
	case "AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN":
		return 20
	case "CH", "CR", "HR", "LI", "LV":
		return 21
	case "BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA":
		return 22
	case "AE", "GI", "IL", "IQ", "OM", "SO", "TL":
		return 23
	case "AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG":
		return 24
	case "LY", "PT", "ST":
		return 25
	case "IS", "TR":
		return 26
	case "BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM":
		return 27
	case "AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV":
		return 28
	case "BR", "EG", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU", "YE":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	case "RU":
		return 33
	}
	return 0
}
