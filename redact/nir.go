package redact

// nirDigits is the length of a French social security number with its key.
const nirDigits = 15

// nirIn reports whether characters end in a whole French social security number, NIR,
// whose key is right: 97 less the remainder of its thirteen digits by 97. In Corsica
// the fifth group is 2A or 2B, which count as 19 and 18 (décret n° 82-103).
func nirIn(chars []byte) bool {
	if len(chars) < nirDigits {
		return false
	}
	d := chars[len(chars)-nirDigits:]
	if d[0] < '1' || d[0] > '8' {
		return false
	}
	rest := 0
	for i, c := range d[:13] {
		switch {
		case c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case i == 6 && d[5] == '2' && (c == 'A' || c == 'B'):
			// 2A is 19, 2B is 18: the 2 that went before becomes the 1.
			rest = ((rest-2+97+1)*10 + 9 - int(c-'A')) % 97
		default:
			return false
		}
	}
	return d[13] <= '9' && d[14] <= '9' && 97-rest == int(d[13]-'0')*10+int(d[14]-'0')
}
