package assistant

import "strings"

// Messages of being called back, which a file may leave out: then these words of ours are
// said, in French and English. A line in another language needs them to offer it.
const (
	CallbackOffer   Message = "callback_offer"   // that the caller may be called back instead of waiting, and how to ask for it
	CallbackConfirm Message = "callback_confirm" // which number would be called: {number}
	CallbackChoice  Message = "callback_choice"  // how to say that it is right, or another, or neither; after that
	CallbackNumber  Message = "callback_number"  // asks for a number by keys
	CallbackDone    Message = "callback_done"    // that it is agreed: the call ends
	CallbackFailed  Message = "callback_failed"  // that it cannot be: the caller goes on waiting
	CallbackHere    Message = "callback_here"    // to one who is called back and has answered: the agent's phone rings now
	CallbackBroken  Message = "callback_broken"  // to one who has answered, and cannot be connected for a fault of ours: the call ends
	Resumed         Message = "resumed"          // to one who was cut off and calls again: they have their place back
)

func callbackMessages() []Message {
	return []Message{CallbackOffer, CallbackConfirm, CallbackChoice, CallbackNumber, CallbackDone, CallbackFailed, CallbackHere, CallbackBroken, Resumed}
}

func ourCallbackWords(m Message) Text {
	return map[Message]Text{
		CallbackOffer: {
			"en": "Would you rather be called back, and keep your place? Say call back, or press 1.",
			"fr": "Préférez-vous être rappelé, en gardant votre place ? Dites rappel, ou tapez 1.",
		},
		CallbackConfirm: {
			"en": "We will call the number that ends in {number}.",
			"fr": "Nous appellerons le numéro qui finit par {number}.",
		},
		CallbackChoice: {
			"en": "Say yes or press 1. For another number press 2. To go on waiting say no.",
			"fr": "Dites oui ou tapez 1. Pour un autre numéro, tapez 2. Pour continuer d'attendre, dites non.",
		},
		CallbackNumber: {
			"en": "Please key in the number that we are to call, and then the hash key.",
			"fr": "Tapez le numéro à rappeler, puis la touche dièse.",
		},
		CallbackDone: {
			"en": "You keep your place, and we will call you. You may hang up now. Goodbye.",
			"fr": "Vous gardez votre place, et nous vous appellerons. Vous pouvez raccrocher. Au revoir.",
		},
		CallbackHere: {
			"en": "You asked to be called back. I am connecting you with a colleague.",
			"fr": "Vous avez demandé à être rappelé. Je vous mets en relation avec un conseiller.",
		},
		CallbackBroken: {
			"en": "You asked to be called back. I am sorry, something has gone wrong here, and I cannot connect you now. If you do not hear from us soon, please call us. Goodbye.",
			"fr": "Vous avez demandé à être rappelé. Je suis désolé, un incident de notre côté m'empêche de vous mettre en relation. Sans nouvelles de nous, merci de nous rappeler. Au revoir.",
		},
		Resumed: {
			"en": "We were cut off, and we are sorry. You have your place in the queue back.",
			"fr": "Nous avons été coupés, veuillez nous en excuser. Vous retrouvez votre place dans la file.",
		},
		CallbackFailed: {
			"en": "We cannot call that number back. You keep your place here.",
			"fr": "Nous ne pouvons pas rappeler ce numéro. Vous gardez votre place ici.",
		},
	}[m]
}

// CallbackLine gives a line of being called back. digits are said one by one for {number}.
// Not ok: neither the file nor we have words for it in the language.
func (a *Assistant) CallbackLine(m Message, digits, language string) (l Line, ok bool) {
	t := a.messages[m]
	if len(t) == 0 {
		t = ourCallbackWords(m)
	}
	text, ok := t[language]
	if !ok {
		return Line{}, false
	}
	l = Line{Phrase: Phrase{Text: strings.ReplaceAll(text, "{number}", spell(digits))}, Language: language, Interruptible: true}
	l.Filled = digits != ""
	return l, true
}
