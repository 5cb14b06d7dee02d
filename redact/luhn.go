package redact

// luhn reports whether digits ('0' to '9') end in the right check digit.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return len(digits) > 0 && sum%10 == 0
}

// brandLength reports whether cards that begin like digits have that many.
// It labels what is masked; it is never a reason to show anything.
func brandLength(digits []byte) bool {
	n := len(digits)
	if n < 12 || n > 19 {
		return false
	}
	switch digits[0] {
	case '2', '9', '8':
		return n == 16 || n == 19
	case '3':
		return dinersOrAmex(digits)
	case '4':
		return n == 13 || n == 16 || n == 18 || n == 19
	case '5':
		return n == 16 || digits[1] == '0' || digits[1] >= '6'
	case '6':
		return true
	}
	return false
}

func dinersOrAmex(digits []byte) bool {
	n := len(digits)
	switch digits[1] {
	case '4', '7':
		return n == 15
	case '5':
		return n >= 16
	case '0', '6', '8', '9':
		return n == 14 || n >= 16
	}
	return false
}

// complete reports whether a card number is as long as those that begin like it mostly are. A
// shorter one may be the beginning of another, whose last four digits are not known yet.
func complete(pan []byte) bool {
	switch len(pan) {
	case usualCard, maxCard:
		return true
	case 15, 14:
		return pan[0] == '3'
	}
	return false
}

// isCard reports whether digits look like a whole card number in every way.
func isCard(digits []byte) bool { return brandLength(digits) && luhn(digits) }
