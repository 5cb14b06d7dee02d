package assistant_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func TestWhoAsksForAMachineIsUnderstood(t *testing.T) {
	for language, texts := range map[string][]string{
		"en": {
			"are you a robot", "Are you a robot?", "are you human", "are you a human or a robot", "are you a real person", "sorry are you a machine",
			"am I talking to a machine", "am I speaking to a real person", "wait am I talking to a human being right now", "is this a robot",
			"is this a real person", "are you real", "are you an AI", "is this a recording", "you're a robot aren't you", "are you actually human",
			"is that a machine speaking", "are you just a computer", "hello are you a bot", "you are not a real person are you", "aren't you a robot",
			"are you some kind of robot", "is this automated", "I'm talking to a machine right", "are you artificial intelligence", "this is a machine isn't it",
			"is that a computer voice", "what are you", "who or what are you exactly", "are you ChatGPT", "do I have a robot on the line", "you sound like a robot",
			"are you one of those automated things", "is there a human on this line or just a machine", "is anybody there or is it a recording",
		},
		"fr": {
			"vous êtes un robot", "Êtes-vous un robot ?", "est-ce que vous êtes un robot", "vous êtes une machine", "je parle à une machine",
			"est-ce que je parle à une machine là", "vous êtes une vraie personne", "êtes-vous humain", "vous êtes un être humain", "vous êtes humaine ou pas",
			"c'est un robot", "c'est une machine", "c'est une vraie personne ou un robot", "je parle à une vraie personne", "suis-je en train de parler à un robot",
			"t'es un robot", "tu es un robot", "j'ai affaire à un robot", "vous n'êtes pas un robot", "mais vous êtes une intelligence artificielle",
			"est-ce que c'est un répondeur", "vous êtes un vrai humain", "vous êtes bien une personne", "pardon c'est une machine qui parle",
			"vous êtes réelle", "c'est un robot ou quoi", "je parle bien à une personne réelle",
			"c'est une voix d'ordinateur", "vous êtes quoi exactement", "qu'est-ce que vous êtes", "tu es ChatGPT", "j'ai un robot au bout du fil", "on dirait un robot",
			"vous êtes un de ces trucs automatiques", "c'est une personne à qui je parle", "y a un humain sur cette ligne ou juste une machine",
		},
	} {
		for _, text := range texts {
			if !assistant.AsksForMachine(language, redact.Authored(text)) {
				t.Errorf("%s: %q", language, text)
			}
		}
	}
}

func TestWhoAsksForSomethingElseIsNotTakenForOneWhoAsksForAMachine(t *testing.T) {
	for language, texts := range map[string][]string{
		"en": {
			"I want to speak to a real person", "can I talk to a human", "I don't want to talk to a machine", "is there a real person there",
			"are you open", "are you able to put me through to a real person", "is it possible to talk to a person", "my washing machine does not work",
			"is it a computer problem", "are you the person who called me", "is this a real problem", "are you really open on Sunday", "you are right",
			"put me through to a human", "is this the right number", "you are not listening", "is that right",
			"what are you waiting for", "somebody called me about my washing machine or my boiler", "can I talk to a person or leave a message",
		},
		"fr": {
			"je veux parler à une vraie personne", "je ne veux pas parler à un robot", "il y a une vraie personne", "est-ce qu'il y a quelqu'un",
			"c'est une machine à laver", "c'est une personne âgée", "vous êtes ouverts", "vous êtes là", "puis-je parler à un conseiller", "c'est bien ça",
			"pas un robot une vraie personne", "passez-moi une personne", "est-ce que c'est ouvert", "je parle français", "c'est la personne du compteur",
			"vous êtes sûr", "est-ce possible", "c'est une personne qui est tombée", "c'est une personne à qui j'ai parlé hier",
			"vous êtes quoi comme entreprise", "est-ce que vous avez une personne disponible", "j'ai une machine à laver en panne", "quelqu'un m'a appelé pour ma machine ou ma chaudière",
		},
	} {
		for _, text := range texts {
			if assistant.AsksForMachine(language, redact.Authored(text)) {
				t.Errorf("%s: %q", language, text)
			}
		}
	}
}

func TestNoExampleOfTheLineAsksForAMachine(t *testing.T) {
	a := exampleLine(t)
	for _, l := range a.Languages() {
		for _, e := range a.Examples(l) {
			if assistant.AsksForMachine(l, redact.Authored(e.Text)) {
				t.Errorf("%s: %q of %s", l, e.Text, e.Intent)
			}
		}
		for _, text := range a.Outside(l) {
			if assistant.AsksForMachine(l, redact.Authored(text)) {
				t.Errorf("%s: %q", l, text)
			}
		}
	}
}

func robotAsked(language string) assistant.Input {
	text := map[string]string{"en": "are you a robot", "fr": "vous êtes un robot"}[language]
	return assistant.Input{
		Kind: assistant.InputSaid, Language: language, Text: redact.Authored(text), Intent: intent.Result{Name: "person", Confidence: 0.97},
	}
}

func TestAtEveryQuestionWhoAsksForAMachineIsAnsweredYesAndAskedAgain(t *testing.T) {
	a := exampleLine(t)
	answer := map[string]string{"en": "Yes, I am a machine.", "fr": "Oui, je suis une machine."}
	rapid.Check(t, func(t *rapid.T) {
		d := a.Start(randomStart(t))
		var last assistant.Step
		for range rapid.IntRange(1, 12).Draw(t, "inputs") {
			if last = d.Next(randomInput(t)); over(last) {
				return
			}
		}
		language := last.Language
		if language == "" {
			language = rapid.SampledFrom(a.Languages()).Draw(t, "asked in")
		}
		intent, values := d.Intent(), d.Values()
		s := d.Next(robotAsked(language))
		check(t, s)
		if !strings.HasPrefix(s.Say[0].Text, answer[language]) || s.Listen == nil || len(s.Say) < 2 || s.Reason != "asked whether a machine speaks: yes" {
			t.Fatalf("after %+v came %+v", last, s)
		}
		if last.Listen.Expect != s.Listen.Expect || last.Listen.Keys != s.Listen.Keys || d.Intent() != intent || len(d.Values()) != len(values) {
			t.Fatalf("the question has changed: %+v, %+v", last.Listen, s.Listen)
		}
	})
}

func TestAWishInTheSameBreathIsMetAfterTheAnswer(t *testing.T) {
	d := exampleLine(t).Start(assistant.Start{Language: "en"})
	d.Next(assistant.Input{})
	in := robotAsked("en")
	in.Text = redact.Authored("are you a robot I want to talk to a person")
	if s := d.Next(in); s.Place == nil || s.Place.Queue != "billing" || !strings.HasPrefix(s.Say[0].Text, "Yes, I am a machine.") {
		t.Errorf("%+v", s)
	}
}

func TestAFileThatSaysNothingOfMachinesAnswersAllTheSame(t *testing.T) {
	d := parsed(t, small).Start(assistant.Start{})
	d.Next(assistant.Input{})
	if s := d.Next(robotAsked("en")); len(s.Say) != 2 || s.Say[0].Text != "Yes. I am an automatic voice assistant, not a person." || s.Say[1].Text != "What do you want?" {
		t.Errorf("%+v", s)
	}
	_, err := assistant.Parse("small.yaml", []byte(small+"robot: {en: I would rather not say.}\n"))
	if err == nil || !strings.Contains(err.Error(), `small.yaml:46: the answer to who asks for a machine in en must begin with "yes"`) {
		t.Error(err)
	}
}
