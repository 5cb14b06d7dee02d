package corpus

import (
	"strconv"
	"strings"
)

func englishNumber(n int, a accent) string {
	units := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens := strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	switch {
	case n < 20:
		return units[n]
	case n < 100 && n%10 == 0:
		return tens[n/10]
	case n < 100:
		return tens[n/10] + map[bool]string{true: "-", false: " "}[a.hyphen > 0] + units[n%10]
	}
	size, word := 100, " hundred"
	if n >= 1000 {
		size, word = 1000, " thousand"
	}
	out := englishNumber(n/size, a) + word
	switch rest := n % size; {
	case rest == 0:
		return out
	case a.and && rest < 100:
		return out + " and " + englishNumber(rest, a)
	default:
		return out + " " + englishNumber(rest, a)
	}
}

func englishTimes(s *scene, n int, digit byte) string {
	word := s.unit(digit)
	if digit == '0' {
		word = pick(s, []string{"zero", "oh"})
	}
	name := map[int]string{2: "double", 3: pick(s, []string{"triple", "treble"}), 4: "quadruple"}[n]
	if s.chance(25) && word != "oh" {
		plural := word + "s"
		if digit == '6' || digit == '0' {
			plural = word + "es"
		}
		return englishNumber(n, s.accent) + " " + plural
	}
	return name + " " + word
}

func english() tongue {
	t := tongue{
		lang: "en", number: englishNumber, times: englishTimes, hundred: "hundred", clockMark: ":", currency: "$",
		zeros: []string{"zero", "zero", "oh", "oh", "o", "nought", "naught"},
		alike: map[byte][]string{
			'1': {"won"}, '2': {"to", "too"}, '3': {"tree", "free"}, '4': {"for", "fore"}, '5': {"fife"}, '6': {"sex", "sicks"}, '8': {"ate"}, '9': {"nein"}, '0': {"oh", "owe"},
		},
		values: englishValues(),
		openings: []string{
			"hi <i'd like to pay my water bill> it's {amount}", "hello <i want to book a table> for the {date}", "i owe you {amount} from <last month's invoice>",
			"good morning <i'm calling about my gym membership>", "hi there <can i settle my account> please", "yes hello <i got a reminder letter> about {amount}",
			"i'd like to <renew my parking permit>", "could i <buy a gift voucher> for {amount}", "hi it's about <the cottage we booked> from the {date}",
			"my order is {order} and <the payment didn't go through>", "hello <this is maggie thornton> i need to pay for the boiler service",
			"can <i upgrade my season ticket>", "i'd like to make a donation of {amount} to <the animal shelter>", "<the website keeps crashing> so i'm paying by phone",
			"hi <my daughter's school trip> is due on the {date}", "it's for <the dentist> i was there on the {date}",
		},
		greets: []string{"Hello, what can I do for you?", "Good afternoon, how may I help?", "Thanks for calling. This call may be recorded.", "Welcome back. How can I help today?"},
		asks: []string{
			"Could you tell me your card number please?", "Please read out the long number on your card.", "And the number on the front of the card?",
			"I just need your debit or credit card number now.", "What's the sixteen digit card number?", "Great, which card would you like to use? The number please.",
			"Go ahead with the card number whenever you're ready.",
		},
		askAgain: []string{"Sorry, I missed that. Could you say the card number again?", "That number doesn't look right. Please repeat it.", "One more time please?", "Can you read the card number again, slowly?"},
		goOn:     []string{"Go on.", "Yes?", "Mm hmm.", "And then?", "Okay.", "Got that.", "Right, next?", "Uh huh, carry on.", "I'm listening."},
		thanks:   []string{"Thank you, that's gone through.", "All done, your payment is complete.", "Perfect, anything else?", "Thanks, you'll get a receipt by email."},
		intros: []string{
			"my card number is", "the number on the card is", "it's a visa", "use my mastercard it's", "okay the credit card number is", "yes it's a debit card",
			"so the card goes", "right the long number on my card is", "card number", "amex number", "i'll pay with my amex that's", "it's my wife's card the number's", "sure the card reads",
			"hang on let me find my card okay it's", "so my card details are", "the visa one",
		},
		plain:    []string{"okay it's", "right so", "yeah so it goes", "ready it's", "sure", "so that's", "here we go", "it says", "um", "are you ready", "the number is", ""},
		outros:   []string{"", "", "", "got that", "that's it", "did you get all of that", "and that's the lot", "okay", "please", "thanks", "does that work", "it's in the name of <thornton>"},
		closings: []string{"<thank you very much>", "<brilliant cheers bye>", "will <you send me a confirmation>", "<that's everything> thanks", "<how long will it take>", "lovely <have a good weekend>"},
		fillers: []string{
			"um", "uh", "er", "then", "and then", "okay", "erm", "hmm", "let me see", "hold on", "so", "and", "dash", "space", "comma", "next", "followed by",
			"wait", "sorry", "one sec", "i think", "you know", "what's that", "is it", "yeah", "right", "after that", "oh dear",
		},
		asides: []string{
			"sorry the dog is barking", "hold on a second", "i can hardly read it", "it's a bit worn", "just a moment please", "bear with me", "let me get my glasses", "where was i",
			"no darling not now", "the light is terrible in here", "hello are you still there",
		},
		ask: []string{"are you getting this", "is this line secure", "do you need the name as well", "am i going too fast", "did you get the first part", "will it be charged today"},
		labels: [][]string{
			{"the first four are", "the next four", "then", "and the last four are"},
			{"first group", "second group", "third group", "fourth group"},
			{"it starts with", "followed by", "after that", "and it ends in"},
			{"first block", "second block", "third block", "last block"},
			{"on the left", "beside it", "in the middle", "on the right"},
			{"top row", "row two", "row three", "bottom row"},
			{"the first line says", "the second line", "line three", "the last line says"},
			{"number one to four", "and then the following", "next lot", "and finally"},
		},
		fixes:    []string{"no sorry", "sorry not that it's", "correction", "i mean", "no wait", "scratch that", "oops i meant", "no that's wrong it's", "let me say that again"},
		restarts: []string{"sorry let me start again", "no i'll start over", "wrong one hang on let's begin again", "scratch all of that", "hold on from the top", "i lost my place starting again"},
		wrong:    []string{"floor", "fine", "the", "tree", "heaven", "nice", "two", "home", "for", "see", "hate", "six", "to", "a", "one", "sticks"},
		reads:    []string{"I have", "So that's", "Let me read that back:", "You said", "Just to confirm, the card is"},
		readsEnd: []string{"Is that right?", "correct?", "Shall I go ahead?", "Yes?"},
		keypad:   []string{"Please key in your card number, then press hash.", "Type the card number on your keypad.", "Enter the long number of your card with the keys of your phone."},
		expiry: [][2]string{
			{"And when does the card expire?", "it's"}, {"What's the expiry date?", "expiry is"}, {"The expiry date please?", ""}, {"Valid until when?", "valid through"},
		},
		expiries: []string{"oh four twenty-eight", "april twenty twenty-eight", "04/28", "four slash twenty-eight", "november 2027", "eleven twenty-nine", "zero three three zero", "12 27"},
		codes: [][2]string{
			{"And the three digits on the back?", "that's"},
			{"What's the security code?", "the code is"},
			{"Please tell me the CVV.", "cvv"},
			{"The last three digits on the signature strip?", "it's"},
			{"And the CVC please?", "um"},
		},
		ibans:    [][2]string{{"What's your IBAN?", "it's"}, {"Please read me your IBAN.", "my iban is"}, {"The account number please, IBAN format.", "sure"}},
		lastFour: []string{"the last four are", "it ends with", "well the last four digits are"},
		theRest:  []string{"and the rest of the card is", "the whole card number starts", "and before that on the card it's"},
		another:  []string{"That card was declined. Do you have another card?", "It didn't go through. Would you like to try a different card number?"},
		second:   []string{"okay try this one", "then use the other card", "fine my husband's card is", "right the business one is"},
		questions: map[string][]string{
			"phone": {"What's the best number to reach you on?", "Can I take a phone number?", "Your mobile number please?"},
			"order": {"What's your order number?", "Do you have a booking reference?", "Your customer number please?"},
			"date":  {"Which date would suit you?", "And your date of birth?"}, "amount": {"What amount is on the bill?", "How much was it?"},
			"postcode": {"What's your postcode?", "And the zip code?"}, "long": {"What's the tracking number?", "Can you read me the IMEI?"}, "meter": {"What does the meter say?"},
		},
		answers: map[string][]string{
			"phone": {"you can reach me on {phone}", "my number is {phone}", "it's {phone}", "call me back on {phone} please", "{phone} and ask for <deborah>", "my mobile is {phone} or my office {phone}"},
			"order": {"the order number is {order}", "it's order {order}", "my booking reference is {order}", "customer number {order}", "policy number {order}", "my account number is {order}", "contract {order}"},
			"date":  {"could we do the {date}", "i was born on the {date}", "date of birth {birthday}", "the {date} at {time}", "on the {date} please", "it was the {date} i think", "any time after {time} on the {date}"},
			"amount": {
				"it was {amount}", "the bill says {amount}", "i was charged {amount} instead of {amount}", "you took {amount} twice", "it went up from {amount} to {amount}",
			},
			"postcode": {"my postcode is {postcode}", "it's {address} {postcode}", "the zip code is {zip}", "we live at {address}", "zip {zip}"},
			"long":     {"the tracking number is {longtracking}", "the imei is {longimei}", "the parcel number says {longtracking}", "tracking {longpost}", "the barcode is {longean}", "consignment number {longpost}"},
			"meter":    {"the meter says {meter}", "the reading is {meter}", "meter reading {meter}", "it shows {meter} kilowatt hours"},
		},
		talk: []string{
			"my son is {age} and <he plays the violin>", "we've been waiting for {count} minutes", "there are {count} of us, <two adults and the kids>", "it's version {version} <of the app>",
			"they won {score} <last night>", "my flight is {flight} <to lisbon>", "it was {count} degrees <in the kitchen>", "we're in room {room}", "the train leaves at {time}",
			"{percent} percent of the time <it works>", "i've called {count} times this week", "my mother is {age}", "chapter {count} <is my favourite>", "bus number {room} <stops here>",
			"i ordered {count} pizzas and <one was cold>", "we moved here in {year}", "<between> {time} <and> {time}", "it's {count} miles <from the station>", "{digits5} <can you hear me>",
			"the discount was {percent} percent on {amount}", "<at the corner of> {address}", "channel {room} <doesn't work>", "size {count} <is too small>",
			"it weighs {count} kilos", "press {small} <for sales>", "the code on the box is {digits5}", "we need {count} chairs and {count} tables",
		},
		regions: []string{
			"it's {phoneca}", "my cell is {phoneca}", "my postal code is {postcodeca}", "my phone is {phoneie}", "my eircode is {eircode}", "that was {amountca} with tax", "the pst was {amountca}",
		},
		life: []string{
			"i'm {age} <years old>", "my dad turned {age} <in hospital>", "it's on page {count} <of the booklet>", "platform {small} <i think>", "the meeting is from {time} to {time}", "you closed at {time} <yesterday>",
			"we paid {amount} for {small} nights", "the recipe needs {count} eggs", "there were {count} people <in the queue>", "i waited {count} minutes <then hung up>", "question {small} <on the form>",
			"apartment {room} <on the left>", "my locker is {room}", "extension {room} <is busy>", "it was in {year}", "he was born in {year} <like me>", "the score was {score}", "my claim number is {order}",
			"invoice {order} <from your office>", "it dropped to {count} degrees", "we drove {count} miles", "see section {small} <of the lease>", "i live at {address}", "row {small} seat {count}", "take exit {count}",
			"route {room} <was closed>", "about {percent} percent <of my wages>", "it takes {small} or {small} days", "they open at {time} <on sundays>", "i've got {small} kids", "since {year} <we have been customers>",
			"it is {count} metres long", "we were {small} <for dinner>", "model {room} <is broken>", "the ean is {longean}",
		},
		sounds: []string{
			"<i ate too much> and won nothing", "<this is for you too>", "<one of them was broken>", "oh <i see what you mean>", "<i'd like to talk to someone>", "we went <for a walk> to the sea",
			"<no one told me>", "at one point <i gave up>", "it's <free for everyone> too", "<that one> not this one", "<once or twice> oh well", "is it <too late to cancel>",
		},
		inCard: []string{
			"<i lost my credit card> on the {date}", "my card <was stolen at the station> on the {date}", "do you take amex <or only visa>", "i paid {amount} <by card> last week",
			"<is there a fee> for paying by card", "<my new card has not arrived> since the {date}", "<the card machine> charged me {amount}", "i'd rather <pay by bank transfer> than by card",
		},
		switched: []string{"attendez je le dis en français", "oh sorry may i say it in french", "en français c'est plus facile"},
	}
	freshEnglish(&t)
	return t
}

func englishValues() map[string]func(*scene) string {
	months := strings.Fields("january february march april may june july august september october november december")
	ordinals := strings.Fields("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth")
	num := func(s *scene, n int) string {
		if s.chance(40) {
			return strconv.Itoa(n)
		}
		return s.number(n, s.accent)
	}
	v := commonValues(num)
	v["amount"] = func(s *scene) string {
		n, c := 2+s.r.IntN(900), pick(s, []int{50, 20, 99, 5, 75})
		return pick(s, []string{
			"£" + strconv.Itoa(n), "$" + strconv.Itoa(n) + "." + two(c), num(s, n) + " pounds", num(s, n) + " dollars " + num(s, c), num(s, n) + " euros", num(s, n) + " quid",
			num(s, n) + " pounds " + num(s, c), strconv.Itoa(n) + "." + two(c) + " pounds", num(s, n) + " pounds and " + num(s, c) + " pence", "€" + strconv.Itoa(n) + "." + two(c),
			"$1," + two(10+c/2) + strconv.Itoa(n%10), num(s, 1000+n) + " pounds",
		})
	}
	v["date"] = func(s *scene) string {
		d, m, y := 1+s.r.IntN(28), pick(s, months), 2020+s.r.IntN(8)
		return pick(s, []string{
			pick(s, ordinals) + " of " + m, strconv.Itoa(d) + " " + m, m + " " + strconv.Itoa(d), num(s, d) + " " + m + " " + strconv.Itoa(y), two(d) + "/" + two(1+s.r.IntN(12)) + "/" + strconv.Itoa(y),
			strconv.Itoa(d) + "th of " + m, m + " " + pick(s, ordinals), m + " " + strconv.Itoa(d) + " " + strconv.Itoa(y), strconv.Itoa(y) + "-" + two(1+s.r.IntN(12)) + "-" + two(d),
			pick(s, ordinals) + " of " + m + " " + englishNumber(20, s.accent) + " " + englishNumber(y-2000, s.accent),
		})
	}
	v["time"] = func(s *scene) string {
		h, m := 1+s.r.IntN(12), pick(s, []int{5, 10, 15, 20, 30, 45})
		return pick(s, []string{
			strconv.Itoa(h) + ":" + two(m), num(s, h) + " o'clock", "half past " + num(s, h), "quarter to " + num(s, h), num(s, h) + " am", two(12+h%12) + ":" + two(m), num(s, h) + " " + num(s, max(m, 10)) + " pm",
			strconv.Itoa(h) + "pm", num(s, max(m, 10)) + " past " + num(s, h),
		})
	}
	v["phone"] = func(s *scene) string {
		switch s.r.IntN(7) {
		case 0:
			return "07700 900" + s.digits(3)
		case 1:
			return "020-7946-0" + s.digits(3)
		case 2:
			return pick(s, []string{"617", "212", "415"}) + "-555-01" + s.digits(2)
		case 3:
			return "+44 7700 900" + s.digits(3)
		case 4:
			return strings.Join(s.single("07700900"+s.digits(3)), " ")
		case 5:
			return strings.Join(s.single("212555"+s.digits(4)), " ")
		}
		return strings.Join(s.doubled("0117496"+s.digits(4)), " ")
	}
	v["postcode"] = func(s *scene) string {
		return pick(s, []string{"LS2 7UE", "EH3 9QN", "sw1a 2aa", "M1 4BT", "CF10 3AT", "bs8 1tr"})
	}
	v["zip"] = func(s *scene) string { return s.shown("1" + s.digits(4)) }
	v["address"] = func(s *scene) string {
		return num(s, 2+s.r.IntN(120)) + " " + pick(s, []string{"church lane", "high street", "victoria road", "mill close", "fifth avenue"})
	}
	v["phoneca"] = func(s *scene) string {
		n := pick(s, []string{"416", "514", "604"})
		return pick(s, []string{n + "-555-01" + s.digits(2), "(" + n + ") 555-01" + s.digits(2), "+1 " + n + " 555 01" + s.digits(2)})
	}
	v["phoneie"] = func(s *scene) string { return "085 555 0" + s.digits(3) }
	v["postcodeca"] = func(s *scene) string { return pick(s, []string{"K1A 0B1", "H2X 1Y4", "v6b 3k9"}) }
	v["eircode"] = func(s *scene) string { return pick(s, []string{"D02 X285", "A65 F4E2"}) }
	v["amountca"] = func(s *scene) string {
		n := 2 + s.r.IntN(90)
		return pick(s, []string{num(s, n) + " bucks", "$" + strconv.Itoa(n) + ".45", num(s, n) + " dollars and " + num(s, 45) + " cents"})
	}
	v["flight"] = func(s *scene) string {
		return pick(s, []string{"BA", "ba ", "EZY", "lh "}) + s.digits(pick(s, []int{3, 4}))
	}
	return v
}
