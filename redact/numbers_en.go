package redact

// english is the English dictionary, of folded words.
func english(s string) word {
	if w := englishNumber(s); w != (word{}) {
		return w
	}
	if w := englishLike(s); w != (word{}) {
		return w
	}
	return englishCue(s)
}

func englishNumber(s string) word {
	switch s {
	case "zero", "nought", "naught", "null":
		return num(digit, 0)
	case "two":
		return num(digit, 2)
	case "three":
		return num(digit, 3)
	case "four", "fower":
		return num(digit, 4)
	case "five":
		return num(digit, 5)
	case "six":
		return num(digit, 6)
	case "seven":
		return num(digit, 7)
	case "eight":
		return num(digit, 8)
	case "nine", "niner":
		return num(digit, 9)
	case "ten":
		return num(teen, 10)
	case "eleven":
		return num(teen, 11)
	case "twelve":
		return num(teen, 12)
	case "thirteen":
		return num(teen, 13)
	case "fourteen":
		return num(teen, 14)
	case "fifteen":
		return num(teen, 15)
	case "sixteen":
		return num(teen, 16)
	case "seventeen":
		return num(teen, 17)
	case "eighteen":
		return num(teen, 18)
	case "nineteen":
		return num(teen, 19)
	case "twenty":
		return num(tens, 20)
	case "thirty":
		return num(tens, 30)
	case "forty", "fourty":
		return num(tens, 40)
	case "fifty":
		return num(tens, 50)
	case "sixty":
		return num(tens, 60)
	case "seventy":
		return num(tens, 70)
	case "eighty":
		return num(tens, 80)
	case "ninety":
		return num(tens, 90)
	case "hundred", "hundreds":
		return isClass(hundred)
	case "thousand", "thousands":
		return isClass(thousand)
	case "double":
		return num(times, 2)
	case "triple", "treble":
		return num(times, 3)
	case "quadruple":
		return num(times, 4)
	case "quintuple":
		return num(times, 5)
	}
	return word{}
}

// englishLike holds what may be a digit and may be something else: "one" and
// "oh", the plurals of "two fours", and what recognizers hear in place of digits.
func englishLike(s string) word {
	switch s {
	case "oh", "o", "ohs", "nil":
		return like(medium, 0)
	case "one":
		return like(medium, 1)
	case "owe", "aught":
		return like(weak, 0)
	case "hero", "xero":
		return like(faint, 0)
	case "sticks":
		return like(faint, 6)
	case "won", "wun", "wan":
		return like(weak, 1)
	case "to", "too", "tu", "twa", "ii":
		return like(weak, 2)
	case "tree", "free", "iii":
		return like(weak, 3)
	case "for", "fore", "forth", "iv":
		return like(weak, 4)
	case "fife", "hive", "fi":
		return like(weak, 5)
	case "sex", "sick", "sicks", "sics", "vi":
		return like(weak, 6)
	case "heaven", "sven", "seiven", "vii":
		return like(weak, 7)
	case "ate", "hate", "ait", "viii":
		return like(weak, 8)
	case "nein", "nigh", "line", "mine", "ix":
		return like(weak, 9)
	case "tin":
		return word{class: teen, value: 10, sure: weak}
	case "zeros", "zeroes", "noughts", "naughts", "nils":
		return num(plural, 0)
	case "os":
		return word{class: plural, value: 0, sure: weak}
	case "ones":
		return word{class: plural, value: 1, sure: medium}
	case "twos":
		return num(plural, 2)
	case "threes":
		return num(plural, 3)
	case "fours":
		return num(plural, 4)
	case "fives":
		return num(plural, 5)
	case "sixes":
		return num(plural, 6)
	case "sevens":
		return num(plural, 7)
	case "eights":
		return num(plural, 8)
	case "nines":
		return num(plural, 9)
	}
	return word{}
}

func englishCue(s string) word {
	switch s {
	case "and":
		return isClass(and)
	case "uh", "um", "er", "erm", "ah", "eh", "hm", "hmm", "mm", "mhm", "huh", "then", "next", "okay", "ok", "so",
		"well", "like", "yeah", "right", "followed", "by", "comma", "dash", "hyphen", "space", "point", "dot", "slash", "stop":
		return isClass(filler)
	case "euro", "euros", "dollar", "dollars", "pound", "pounds", "quid", "pence", "penny", "cent", "cents", "percent",
		"day", "days", "week", "weeks", "month", "months", "year", "years", "night", "nights", "hour", "hours",
		"h", "minute", "minutes", "min", "seconds", "clock", "am", "pm", "degrees", "times", "people", "of",
		"adults", "children", "kids", "tickets", "o'clock", "th", "st", "nd", "rd", "miles", "kilos", "kilometres", "degree",
		"litres", "litre", "grams", "gram", "watts", "watt", "volts", "metres", "megabits", "inches":
		return isClass(unit)
	case "kwh", "kw", "kilowatt", "kilowatts":
		return word{class: unit, cue: cueOther} // a meter's reading
	case "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december":
		return isClass(month)
	case "card", "cards", "credit", "debit":
		return says(cueCard)
	case "expiry", "expiration":
		return says(cueSecret)
	case "expires", "expire", "expiring":
		return says(cueEnds)
	case "no":
		return says(cueNumber | cueMore)
	case "number", "read":
		return says(cueNumber)
	case "numbers":
		return says(cueNumber | cueDigits)
	case "digit", "digits", "figures", "code":
		return says(cueNumber | cueDigits)
	case "back", "strip", "signature", "reverse", "behind", "security":
		return says(cueBack)
	case "bus", "train", "coach", "bay", "terminal", "flight", "room", "chapter", "page", "channel", "size", "press", "version", "gate", "platform", "floor",
		"apartment", "apt", "flat", "junction", "episode", "season", "aisle", "seat", "exit", "route", "suite", "error", "question", "model", "locker", "extension":
		return says(cueLabel)
	case "road", "street", "avenue", "lane", "close", "drive", "terrace", "crescent", "gardens", "boulevard", "court", "square", "grove", "highway":
		return says(cueStreet)
	case "last", "first", "second", "third", "group", "block", "rest", "remaining", "starts", "ends", "ending", "goes",
		"sorry", "not", "wrong", "correction", "mean", "meant", "again", "scratch", "finally", "middle", "continue", "after", "begins", "starting", "beginning", "continuing", "repeat":
		return says(cueMore)
	case "date", "birth", "amount", "address", "when", "much", "many":
		return says(cueTopicElse)
	case "phone", "telephone", "mobile", "cell", "cellphone", "landline", "reach", "dial", "metre", "reading",
		"postcode", "zip", "reference", "ref", "vat", "nhs", "utr", "ein", "mprn", "flyer", "mileage", "odometer", "build", "area", "latitude", "longitude", "id", "identifier", "username", "login":
		return says(cueOther)
	case "parcel", "parcels", "shipment", "consignment", "waybill", "serial", "meter":
		return says(cueOther | cueLong)
	case "slip", "package", "bar":
		return says(cueLong)
	case "contracts", "orders", "invoices", "bookings", "accounts":
		return says(cueOther)
	case "order", "booking", "reservation":
		return says(cueTopic | cueLong)
	case "customer", "client", "contract", "invoice", "ticket", "company", "policy", "claim", "account", "case", "file", "incident", "receipt", "batch", "item", "product", "quote", "membership", "member", "employee", "student",
		"loyalty", "transaction", "chassis", "certificate", "permit", "application", "registration", "prescription", "voucher", "warranty", "cheque", "licence", "license", "passport", "badge", "job":
		return says(cueTopic)
	}
	return cardBrand(s)
}
