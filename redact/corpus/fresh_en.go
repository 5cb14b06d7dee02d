package corpus

import "maps"

// freshEnglish adds what the fresh kinds say in English.
func freshEnglish(t *tongue) {
	freshValues(t.values)
	t.again = []string{"that's", "i repeat", "so", "meaning", "i'll say that again", "as in"}
	t.nods = []string{"yeah", "yes", "okay", "right", "mm hmm", "got it", "correct", "uh huh"}
	t.links = []string{"and then", "then comes", "as in", "and after that", "and", "next there's", "then it's", "followed by"}
	t.oldOnes = []string{"no that's my old one it's", "sorry that card has expired use", "wait wrong card the new one is", "oh that's the blue one i meant", "never mind take this card instead"}
	t.looseIntros = []string{"it says", "there is a number here", "on the back it says", "the sticker reads", "it's got", "the paper has", "here it says", "what i see is"}
	t.lateCodes = []string{"oh and the code on the back is", "the security code is", "and the three digits on the back are", "you'll need the cvv that's", "cvc"}
	t.places = []string{"the first is", "the second is", "the third is", "then comes", "after that", "and the next one is", "then"}
	maps.Copy(t.questions, map[string][]string{
		"device": {"What does the display say?", "Can you read me what it shows?", "What's on the label?"},
		"names":  {"Do you have any reference for me?", "Which number is on the letter?", "What is it about?"},
		"travel": {"Which train or flight is it?", "Where are you travelling?"},
		"sizes":  {"What size do you need?", "How many would you like?"},
	})
	maps.Copy(t.answers, map[string][]string{
		"device": {
			"the display shows {fault} <and a red light>", "it flashes {fault} <then goes dark>", "the odometer says {meter}", "meter reading {meter} <on the night rate>", "the serial number ends in {figure}",
			"it's on version {build}", "the pressure is {figure} <and the pump hums>", "the boiler is model {room}", "it shows error {figure} <on the screen>", "the counter is at {count} percent", "firmware build {build}",
			"the thermostat reads {count} degrees", "it beeps {small} times <and stops>", "line {small} <is blinking>",
		},
		"names": {
			"job number {id}", "my policy is {id}", "the claim number is {id}", "it's case {id}", "prescription number {id}", "quote {id} <for the garage>", "my student number is {id}", "incident {id}", "the file is {id}",
			"it's invoice {id} dated the {date}", "employee number {id}", "batch {id} <of the paint>", "product number {id}", "the ticket is {id} <from tuesday>", "badge number {id}", "my licence number is {id}", "receipt {id} <from the shop>",
			"membership {id} <in my wife's name>",
		},
		"travel": {
			"flight {flight} from gate {count}", "seat {seat} on the {time}", "the {time} from platform {small}", "coach {small} seat {count}", "terminal {small} <departures>", "train {train} <to york>", "i'm in row {count}",
			"exit {small} <off the roundabout>", "bay {room} <in the car park>", "the {date} at {time} from gate {small}", "junction {count} <of the m25>", "room {room} for {small} nights", "bus {room} <every> {count} minutes",
		},
		"sizes": {
			"a {size} <in grey>", "{count} boxes of {count}", "size {count} <in black>", "{small} of the {count} litre ones", "about {count} metres <of cable>", "{small} large and {small} small", "it's {count} inches wide", "{count} kilos <of sand>",
			"a dozen or {count}", "two packs of {count}", "{count} tickets in row {count}", "{percent} percent cotton", "{count} sheets a4", "{small} out of {count} <were broken>",
		},
	})
}
