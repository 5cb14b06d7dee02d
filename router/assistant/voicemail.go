package assistant

// Messages of leaving a message, which a file may leave out: then these words of ours are
// said, in French and English. A line in another language needs them to offer it.
const (
	VoicemailOffer  Message = "voicemail_offer"  // to one who waits: that a message may be left instead, and how to ask for it
	VoicemailNobody Message = "voicemail_nobody" // to one whom the queue does not take: that nobody can be reached now
	VoicemailRecord Message = "voicemail_record" // that the message is to be said after the tone, and how to end it
	VoicemailDone   Message = "voicemail_done"   // that it is kept: the call ends
	VoicemailFailed Message = "voicemail_failed" // that there is none: nothing was said, or it could not be kept; the call ends
)

func voicemailMessages() []Message {
	return []Message{VoicemailOffer, VoicemailNobody, VoicemailRecord, VoicemailDone, VoicemailFailed}
}

func ourVoicemailWords(m Message) Text {
	return map[Message]Text{
		VoicemailOffer: {
			"en": "To leave a message instead of waiting, say message, or press 3.",
			"fr": "Pour laisser un message au lieu d'attendre, dites message, ou tapez 3.",
		},
		VoicemailNobody: {
			"en": "I am sorry, nobody can take your call at the moment.",
			"fr": "Nous regrettons, personne ne peut prendre votre appel.",
		},
		VoicemailRecord: {
			"en": "Please leave a message after the tone. Do not say any card number. Press the hash key when you are done.",
			"fr": "Laissez un message après le signal, sans donner de numéro de carte. Tapez dièse quand vous avez fini.",
		},
		VoicemailDone: {
			"en": "Thank you. We have your message. Goodbye.",
			"fr": "Merci. Nous avons bien votre message. Au revoir.",
		},
		VoicemailFailed: {
			"en": "We have no message from you. Please call again. Goodbye.",
			"fr": "Nous n'avons pas de message de votre part. Rappelez-nous, s'il vous plaît. Au revoir.",
		},
	}[m]
}

// VoicemailLine gives a line of leaving a message. Not ok: neither the file nor we have
// words for it in the language.
func (a *Assistant) VoicemailLine(m Message, language string) (l Line, ok bool) {
	t := a.messages[m]
	if len(t) == 0 {
		t = ourVoicemailWords(m)
	}
	text, ok := t[language]
	if !ok {
		return Line{}, false
	}
	return Line{Phrase: Phrase{Text: text}, Language: language, Interruptible: true}, true
}
