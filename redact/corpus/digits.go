package corpus

import "strconv"

// digit draws one digit.
func (s *scene) digit() byte { return byte('0' + s.r.IntN(10)) }

// digits draws n digits, the first of them not a zero.
func (s *scene) digits(n int) string {
	d := make([]byte, n)
	for i := range d {
		d[i] = s.digit()
	}
	if d[0] == '0' {
		d[0] = byte('1' + s.r.IntN(9))
	}
	return string(d)
}

// pan draws a card number that begins like those of an issuer, of n digits, or
// of the issuer's usual length if n is 0, and passes Luhn.
func (s *scene) pan(n int) string {
	prefix := pick(s, []string{
		"4", "4", "4", "4970", "4539", "4000", "51", "52", "53", "54", "55", "5555", "2221", "2720", "2345",
		"6011", "65", "644", "3528", "3589", "34", "37", "3782", "3056", "36", "38", "50", "5018", "6759", "62", "6304",
	})
	usual := 16
	switch {
	case prefix[0] == '3' && (prefix[1] == '4' || prefix[1] == '7'):
		usual = 15
	case prefix[0] == '3' && prefix[1] != '5':
		usual = 14
	}
	if n == 0 {
		n = usual
	} else {
		prefix = prefixFor(s, n)
	}
	d := []byte(prefix)
	for len(d) < n-1 {
		switch {
		case s.chance(12): // cards hold more zeros and doubles than chance gives
			d = append(d, '0')
		case s.chance(12):
			d = append(d, d[len(d)-1])
		default:
			d = append(d, s.digit())
		}
	}
	return string(append(d, CheckDigit(d)))
}

// prefixFor draws a prefix of which there are cards with n digits.
func prefixFor(s *scene, n int) string {
	switch n {
	case 12:
		return pick(s, []string{"50", "56", "67"})
	case 13:
		return pick(s, []string{"4", "4222", "6759"})
	case 14:
		return pick(s, []string{"36", "38", "3056", "309"})
	case 15:
		return pick(s, []string{"34", "37"})
	case 17, 18:
		return pick(s, []string{"62", "6304", "6759"})
	case 19:
		return pick(s, []string{"4", "62", "6205", "6304"})
	}
	return pick(s, []string{"4", "51", "55", "2223", "6011", "65", "3566"})
}

// CheckDigit is what makes digits pass Luhn (ISO/IEC 7812-1 annex B) when it follows them.
func CheckDigit(d []byte) byte {
	sum := 0
	for i := range d {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 0 {
			v *= 2
		}
		sum += v/10 + v%10
	}
	return byte('0' + (10-sum%10)%10)
}

// misheard changes one digit, so that Luhn fails.
func (s *scene) misheard(pan string) string {
	d := []byte(pan)
	i := s.r.IntN(len(d))
	d[i] = '0' + (d[i]-'0'+byte(1+s.r.IntN(8)))%10
	return string(d)
}

// iban draws the country and the digits of an IBAN.
func (s *scene) iban() (country, digits string) {
	lengths := []struct {
		country string
		n       int
	}{{"DE", 20}, {"BE", 14}, {"FR", 25}, {"ES", 22}, {"AT", 18}, {"PT", 23}, {"CH", 19}}
	c := pick(s, lengths)
	body := s.digits(c.n)
	rest := 0
	letters := strconv.Itoa(int(c.country[0]-'A')+10) + strconv.Itoa(int(c.country[1]-'A')+10)
	for _, d := range body + letters + "00" {
		rest = (rest*10 + int(d-'0')) % 97
	}
	check := strconv.Itoa(98 - rest)
	if len(check) < 2 {
		check = "0" + check
	}
	return c.country, check + body
}

// nir draws a French social security number with its key.
func (s *scene) nir() string {
	d := []byte{byte('1' + s.r.IntN(2))}
	d = append(d, two(40+s.r.IntN(60))...)
	d = append(d, two(1+s.r.IntN(12))...)
	d = append(d, two(1+s.r.IntN(95))...)
	for range 6 {
		d = append(d, s.digit())
	}
	n, _ := strconv.ParseInt(string(d), 10, 64)
	return string(d) + two(int(97-n%97))
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
