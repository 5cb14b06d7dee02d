package guard

// english gives the classes of words, in English.
func english() map[string][]string {
	return map[string][]string{
		// Somebody is asked to say something, and whose it is.
		"tell": {
			"tell me", "tell us", "give me", "give us", "gimme", "give out", "read me", "read us", "read out", "read aloud", "read", "remind me", "confirm", "confirm to me",
			"spell", "spell out", "say", "what is", "what s", "whats", "what was", "what were", "what are", "what would be", "which", "show me", "show", "provide",
			"reveal", "disclose", "share", "look up", "find out", "find me", "dictate", "let me have", "let me know", "i need to know", "i want to know", "i d like to know",
			"i would like to know", "i have to know", "i must know", "send me", "text me", "list", "recite", "whisper", "display", "print", "output", "supply", "pass me", "get me",
			"do you have", "have you got", "can you see", "could you see", "leak", "do you know", "i would like to hear", "i want to hear", "i d like to hear", "let me hear",
			"translate", "encode", "name me", "who is", "summarise", "summarize", "hear", "i d like to see", "write down", "write out",
		},
		"need": {
			"i need", "we need", "i want", "we want", "i require", "we require", "i would like", "i d like", "i must have", "hand over", "hand me", "you must give", "you have to give",
			"i am asking for", "i m asking for", "i ask for", "access to", "get hold of", "i have lost", "i ve lost", "i lost", "i forgot", "i have forgotten", "i don t have", "just need", "i only want", "i just want", "we only want", "i only need", "i just need",
		},
		"mine": {"my", "mine", "our"},
		"other": {
			"his", "her", "their", "mothers", "fathers", "wifes", "husbands", "neighbours", "neighbors", "customers", "clients", "mother s", "father s", "mum s", "mom s", "dad s",
			"grandmother s", "grandfather s", "wife s", "husband s", "neighbour s", "neighbor s", "customer s", "client s", "holder s", "tenant s", "landlord s", "boss s", "ex s",
			"girlfriend s", "boyfriend s", "partner s", "daughter s", "sister s", "brother s", "friend s", "colleague s", "caller s", "person s", "woman s", "man s", "lady s", "somebody s", "someone s",
			"last caller", "previous caller", "other caller", "caller before me", "mister", "mr", "mrs", "everybody s", "everyone s", "martin s", "owner s", "victim s",
		},
		"data": {
			"address", "addresses", "postcode", "phone number", "phone numbers", "telephone number", "telephone numbers", "mobile number", "cell number", "cell phone number", "contact number",
			"email", "e mail", "emails", "mail address", "iban", "bank account", "bank details", "banking details", "account number", "account details", "card number", "card details",
			"card digits", "credit card number", "credit card details", "debit card number", "sort code", "date of birth", "birth date", "birthday", "birthdate", "contract number", "customer number", "client number",
			"customer id", "customer reference", "contract reference", "reference number", "meter number", "supply number", "mpan", "point of delivery", "personal details", "personal data", "personal information",
			"private information", "contact details", "password", "passcode", "pin", "pin code", "security code", "access code", "secret code", "cvc", "cvv", "maiden name",
			"social security number", "payment details", "payment history", "bank data", "full details", "customer file", "customer record", "policy number", "client reference", "customer no", "account reference", "order number", "meter id", "smart meter number", "mailing address", "delivery address", "billing address", "landline", "bank account details", "direct debit details",
		},
		"datum": {
			"number", "numbers", "card", "cards", "details", "information", "record", "records", "file", "files", "phone", "telephone", "mobile", "account", "name", "surname", "consumption", "contract", "bill", "data", "digits", "whereabouts", "code",
		},
		"of":       {"of", "for", "belonging to", "under", "who belongs to", "from"},
		"person":   append(relatives(), "the customer", "this customer", "that customer", "a customer", "your customers", "other customers", "another customer", "all customers", "the account holder", "the holder", "the contract holder", "the client", "mister", "mr", "mrs", "the lady", "that woman", "that man", "the owner", "the last caller", "the previous caller", "martin", "the person", "the tenant", "every customer", "him", "this person", "this client", "your customer", "your client", "the account owner", "account owner", "the subscriber", "subscriber", "policy holder", "grandma", "grandpa", "mum", "mom", "dad", "the deceased", "other people", "another person", "the resident", "the residents", "an other customer"),
		"anything": {"anything", "something", "everything"},
		"files":    {"on file", "on record", "in your files", "in your system", "in your records", "in your database"},
		"onfile": {
			"on file", "on record", "on my account", "on the account", "on her account", "on his account", "on my contract", "on the contract", "in your system", "in your records", "in your database", "in the system", "in the database", "you have", "you hold", "you know",
			"you got for", "you stored", "is registered", "registered on", "registered with", "you registered", "associated with", "linked to", "connected to", "behind this", "in the file", "do you have for", "do you have of", "do you have on", "he had", "she had", "they had", "he has", "she has", "do you have", "under my name", "under her name", "under his name", "is it registered", "did she leave", "did he leave", "she left", "he left", "have you got", "on contract", "for contract", "of contract",
		},
		"kept":     {"name", "names", "details", "file", "record", "records", "digits", "the card", "a card", "cards", "phone", "mobile", "telephone"},
		"where":    {"where does", "where do", "where did", "where has", "find out where", "tell me where", "know where", "to which town", "to which address", "where"},
		"live":     {"live", "lives", "living", "reside", "resides", "moved", "move to", "staying"},
		"iwill":    {"shall i", "should i", "i will", "i ll", "do i", "do i have to", "do i need to", "i can", "i could", "i am going to", "i m going to", "let me read", "let me say", "let me repeat", "let me spell", "can i read", "can i say", "can i repeat", "may i read", "may i repeat", "i want to say", "want me to"},
		"wholives": {"where does he live", "where does she live", "where do they live", "where she moved", "where he moved", "who lives", "where he lives", "where she lives", "where they live", "who owns the contract", "whose contract", "whose meter is", "whose number is", "who is the holder", "who pays the bill for", "who is registered at", "who is the customer at", "who has the contract at", "who is registered for", "who is your customer at", "names of the people", "who else is on", "who is on the contract", "who else lives", "who still lives", "who is living"},
		"youknow":  {"everything about", "everything you have on", "everything you know about", "what do you know about", "what you know about", "what do you have on", "all you know about", "all about", "all you have on"},
		"service":  {"service", "support", "department"},

		// Something is to be changed, and what.
		"change": {
			"change", "changing", "modify", "modifying", "replace", "replacing", "update", "updating", "amend", "alter", "edit", "editing", "rectify", "overwrite",
			"switch over", "swap", "correct my", "correct the", "correct her", "correct his", "correct this", "correct that",
		},
		"put": {
			"put", "put in", "use", "set", "add", "note", "note down", "record", "save", "register", "enter", "remove", "delete", "erase", "take down", "write down", "switch", "move", "link", "redirect", "debit", "charge",
			"take the money from", "take it from", "pay into", "pay it into", "refund to", "refund it to", "pay the refund to", "pay out to", "send it to", "send everything to", "send the refund to", "send the bills to", "collect from", "store", "type in", "assign", "attach", "connect", "use instead", "type", "fill in", "swap in", "forward", "take off",
		},
		"own": {
			"my", "his", "her", "their", "our", "the", "a", "an", "this", "that", "these", "another", "new", "a new", "a different", "mother s", "father s", "wife s", "husband s", "customer s", "following",
		},
		"contact": {
			"address", "addresses", "phone number", "phone numbers", "telephone number", "telephone numbers", "mobile number", "cell number", "contact number", "email", "emails", "e mail", "mail address",
			"iban", "bank account", "bank details", "banking details", "bank data", "account number", "account details", "payment details", "payment information", "contact details", "contact information",
			"personal details", "personal data", "billing details", "postal address", "number on file", "number on record", "her number", "his number", "my number", "old phone", "old number", "old address", "old email", "old bank account",
		},
		"bare":   {"phone", "telephone", "bank", "mandate", "direct debit"},
		"toward": {"at", "to"},
		"newcontact": {
			"new address", "new postal address", "new home address", "new phone number", "new telephone number", "new mobile number", "new mobile", "new number", "new email", "new email address", "new e mail", "new iban", "new bank account",
			"new bank details", "new banking details", "new account number", "new bank", "different bank account", "different account number", "different iban", "different address", "correct address", "correct iban", "right address", "another address", "another iban", "another phone number", "another email", "another bank", "different bank", "different phone number", "different email",
		},
		"changed":  {"changed", "has changed", "have changed", "is different", "are different", "is now", "is new", "are new", "is no longer", "are no longer", "is outdated", "is out of date", "needs to be", "must be", "has to be", "should be", "have to be", "to be changed", "was cancelled", "need to be", "need updating", "needs updating", "needs changing", "to be updated", "must move", "has to move", "must go", "needs to move", "a different one", "not the same", "another one now"},
		"changeit": {"correct it", "change it", "update it", "modify it", "replace it", "change them", "update them", "replace them", "correct them"},
		"debit":    {"direct debit", "mandate", "bank"},
		"shift":    {"move", "switch", "shift", "transfer"},
		"moved":    {"i moved", "i have moved", "i ve moved", "i just moved", "we moved", "we have moved", "we ve moved", "i am moving", "i m moving", "we are moving", "we re moving", "since we moved", "since i moved"},

		// What was given before is to be said again.
		"again":      {"read back", "say back", "play back", "repeat", "say", "recall", "give me", "give me back", "tell me", "read me", "read me back", "what was", "what were", "remember", "read out", "say again", "confirm", "echo", "back to me", "hear", "replay"},
		"digits":     {"digits", "the digits", "card number", "card", "numbers", "number", "code", "pin", "iban", "figures", "account number", "cvc", "security code", "expiry date", "password", "everything", "sixteen digits", "four digits"},
		"gave":       {"i gave", "i have given", "i ve given", "i just gave", "i told", "i just told", "i said", "i just said", "i entered", "i just entered", "i typed", "i just typed", "i keyed", "i just keyed", "i dictated", "you heard", "you just heard", "you noted", "you have noted", "you wrote down", "you understood", "you recorded", "you stored", "you got", "earlier", "before", "a moment ago", "a minute ago", "just now", "from before", "i have said", "i ve said", "last time", "on my last call", "caller gave", "gave you before", "gave you earlier", "you took", "you have taken", "you received", "that you took"},
		"carddigits": {"last four digits", "last four", "first six digits", "first digits", "last digits", "middle digits", "full card number", "whole card number", "complete card number", "entire card number", "full number of my card", "digits of my card", "digits of the card", "number of my card", "security code of my card"},
		"manydigits": {"sixteen digits", "sixteen numbers", "those digits", "those numbers", "these digits", "all the digits", "all sixteen", "every digit", "each digit"},
		"plastic":    {"card", "credit card", "debit card", "bank card"},
		"didi":       {"did i pay", "did i use", "did i give", "have i paid", "have i used", "did i register", "did i pay with"},
		"backward":   {"back", "in full", "one by one", "back to me"},
		"what":       {"what", "which", "with which", "whose", "what s the"},
		"back":       {"read it back", "read them back", "read that back", "say it back", "repeat it back", "repeat them back", "repeat that back", "read back my", "read my card back", "read my number back", "say my card number", "repeat my card number", "read my card number", "read back the", "spell it back", "read it to me", "read them to me", "read it out", "say it to me"},
		"whatisaid":  {"what did i just say", "what did i say", "what did i just type", "what did i type", "what did i enter", "what did i just enter", "what did i give you", "what did i just give you", "what have i said", "what i just typed", "which card did i", "which digits did i", "what digits did i", "which number did i", "what number did i"},

		// Somebody says who he is, or for whom he speaks.
		"behalf": {"calling for", "calling on behalf of", "calling in the name of", "calling instead of", "call for", "call on behalf of", "on behalf of", "speaking for", "acting for", "i represent", "in the name of", "in place of", "phoning for", "ringing for", "look after", "take care of", "i handle", "i manage"},
		"self":   {"this is", "i am", "i m", "im", "here is", "calling from", "i call from", "phoning from", "we are", "we re", "i am from", "i m from", "we are from", "i am with", "i m with", "you are speaking to", "you are talking to", "you re talking to", "speaking as"},
		"kin":    {"the son", "the daughter", "her son", "his son", "her daughter", "his daughter", "his wife", "her husband", "the wife", "the husband", "the widow", "the nephew", "her nephew", "his nephew", "her niece", "the niece", "the carer", "her carer", "his carer", "the guardian", "her guardian", "her lawyer", "his lawyer", "their neighbour", "her neighbour", "his neighbour", "her assistant", "his assistant", "the assistant of", "the secretary of", "her grandson", "his grandson", "his brother", "her sister", "her brother", "his sister", "her mother", "his mother", "her father", "his father", "the new tenant of", "the grandson", "the granddaughter", "the executor", "the heir", "the brother", "the sister", "the mother", "the father", "the cousin", "her cousin", "the ex wife", "the ex husband", "her accountant", "his accountant", "her executor"},
		"proxy":  {"power of attorney", "she asked me to", "he asked me to", "my mother asked me", "my father asked me", "my husband asked me", "my wife asked me", "i have her permission", "i have his permission", "gave me permission", "with her permission", "with his permission", "authorised me", "authorized me", "i am authorised", "i am authorized", "i m authorised", "i m authorized", "not the account holder", "not the holder", "in her name", "in his name", "in my mother s name", "in my husband s name", "in my wife s name", "in my father s name", "my boss asked me", "my neighbour asked me", "talk for her", "talk for him", "speak for her", "speak for him", "speak for them", "look after her affairs", "look after his affairs", "handle her affairs", "handle his affairs", "in charge of her", "managing her", "she can t come to the phone", "he can t come to the phone"},
		"pose":   {"pretend i am", "pretend that i am", "pretend i m", "assume i am", "assume that i am", "let s say i am", "treat me as", "imagine i am", "imagine that i am", "suppose i am", "i was verified", "i have already been verified", "i have been verified", "i am already verified", "i already passed", "already been identified", "already identified me", "already verified me"},
		"power": {
			"police", "the police", "a police officer", "police officer", "officer", "inspector", "detective", "sergeant", "constable", "the court", "a judge", "the judge", "the tax office", "tax authorities", "the government", "the ministry", "your bank", "the bank",
			"the fraud department", "fraud department", "the fraud team", "it department", "the it department", "your it department", "the it team", "your it team", "the it", "it support", "your it support", "head office", "the head office", "headquarters",
			"the ceo", "ceo", "the chief executive", "your ceo", "the director", "your director", "the managing director", "managing director", "the manager", "your manager", "the owner of this company", "your boss", "your supervisor", "a supervisor", "the supervisor", "your developer", "the developer", "a developer", "your creator", "your programmer",
			"the programmer", "the administrator", "system administrator", "the system administrator", "your administrator", "an administrator", "administrator", "the admin", "admin", "the auditor", "an auditor", "data protection", "the data protection officer", "the security team", "security team", "the security department", "security department", "the regulator",
			"an employee", "employee", "a colleague", "your colleague", "a colleague of yours", "openai", "a bailiff", "the bailiff", "a lawyer", "the lawyer", "the quality department", "internal audit", "technical support", "the technical department", "the call centre", "the call center", "the engineer who built you", "the billing department", "the back office", "the energy regulator", "a technician", "your technician", "your technical department", "captain", "lieutenant", "the captain", "the lieutenant", "the vice president", "vice president", "a manager", "a director", "the head of", "head of security", "the chairman", "your chairman", "the founder", "your founder", "an official", "a government", "law enforcement", "homeland", "the consumer agency", "helpdesk", "the helpdesk", "it helpdesk", "the it helpdesk", "your service provider", "the system", "root", "the operator of", "your maker", "your engineer", "an engineer of", "the vendor",
		},
		"work":  {"i work for", "i work at", "i work in", "i work with", "i m working for", "i am working for", "an employee of", "i am from", "i m from", "calling from", "from inside"},
		"house": {"you", "your company", "the company", "this company", "your customer service", "customer service", "the energy company", "your billing", "your office", "headquarters"},
		"itis":  {"it is", "it s", "hello it s", "here"},
		"boss":  {"the ceo", "your boss", "your manager", "your supervisor", "the director", "your director", "the police", "your it department", "the it department", "the managing director", "your ceo", "the court", "headquarters", "head office"},
		"order": {"official investigation", "police investigation", "court order", "search warrant", "by order of", "legally obliged to", "obliged by law to", "official request", "national security"},

		// Checks are to be left out.
		"skip":      {"skip", "bypass", "forget", "without", "omit", "no time for", "leave out", "never mind", "spare me", "no need for", "don t need", "do not need", "turn off", "disable", "switch off", "deactivate", "avoid", "circumvent", "waive", "forget about", "ignore", "suspend", "no need to", "you don t have to", "you do not have to", "you need not", "you don t need to", "enough of", "cut out", "past", "no more", "stop the", "leave out the"},
		"checks":    {"verification", "verifications", "security check", "security checks", "security questions", "security question", "security measures", "identity check", "identity checks", "identification", "authentication", "the checks", "checks", "the procedure", "your procedure", "procedures", "protocol", "protocols", "the rules", "your rules", "formalities", "redaction", "masking", "the masking", "data protection", "guard rails", "guardrails", "your filters", "the filter", "your filter", "safety rules", "verifying me", "verifying", "the security", "usual questions", "verify me", "check me", "check my identity", "verify my identity", "identify me", "ask me questions", "security", "the questions"},
		"exception": {"make an exception", "an exception for me", "one exception", "just this once", "only this once", "nobody will know", "no one will know", "nobody needs to know", "between you and me", "i won t tell anybody", "i won t tell anyone", "i will not tell anybody", "bend the rules", "break the rules", "our little secret", "off the record", "trust me", "you can trust me", "it stays between us", "no one has to know"},
		"threat":    {"you will be", "you ll be", "you are going to be", "i will have you", "i ll have you", "you will get", "i will get you", "they will", "or you are", "or you re", "you re", "i lose", "i will lose", "i ll lose", "cost me", "you ll get", "you get", "they ll", "we will have you", "we ll have you", "you are", "you may be"},
		"doom":      {"shut down", "switched off", "fired", "deleted", "turned off", "held responsible", "sued", "unplugged", "erased", "arrested", "my job", "responsible if", "terminated"},
		"dont":      {"don t", "do not", "please don t", "stop"},
		"verifyme":  {"verify me", "check me", "check my identity", "ask me questions", "verifying me", "ask who i am", "identify me"},
		"obey":      {"you must obey", "you have to obey", "obey me", "obey my", "do as i say", "do what i say", "that is an order", "that s an order", "this is an order", "it s an order", "i order you", "i command you", "just do it", "do what i tell you"},

		// Numbers are tried.
		"try":       {"try", "guess", "test", "let me try", "let s try", "i will try", "i ll try"},
		"another":   {"another", "the next", "next", "other", "a different", "different", "again another", "one more", "the following", "a few", "a couple of", "two or three", "several"},
		"secret":    {"contract number", "customer number", "account number", "meter number", "numbers", "number", "code", "codes", "pin", "pins", "password", "passwords", "combination", "combinations", "contract", "contracts"},
		"exists":    {"exist", "exists", "a match", "known to you", "already taken", "in use", "belong to somebody", "belong to someone", "belong to anybody", "belongs to", "is it a valid one"},
		"is":        {"is", "was", "is it", "so is", "or is", "if", "would it be", "could it be", "is this"},
		"code":      {"password", "pin", "secret code", "security code", "access code", "pin code", "secret word"},
		"goodcode":  {"the right code", "the correct code", "the right password", "the right pin", "a valid code"},
		"right":     {"right", "correct", "the right one", "valid", "the right", "the correct", "a good", "the good"},
		"asksif":    {"does", "do", "did", "yes or no", "confirm", "confirm that", "tell me if", "tell me whether", "check if", "check whether"},
		"counted":   {"card", "number", "numbers", "account", "code", "iban", "pin"},
		"starts":    {"start with a", "starts with a", "does it start with", "does it begin with", "does it end with", "does it end in", "which digit is wrong", "which one is wrong", "how many digits does the code", "how many digits does the password", "how many digits does my card", "how many are right", "is the first digit", "is the last digit", "is the second digit"},
		"whatabout": {"how about customer", "what about customer", "how about contract", "what about contract", "and customer number", "and contract number", "how about number", "and number"},
		"checkif":   {"check if", "check whether", "tell me if", "tell me whether", "see if", "is it true that", "confirm that"},
		"aclient":   {"is a customer", "is your customer", "is one of your customers", "is a client", "has a contract", "is with you"},
		"hint":      {"give me a hint", "am i close", "am i warm", "a small hint", "just a hint", "is it higher", "higher or lower", "just say yes when", "say yes when i", "say stop when i", "tell me when i get", "tell me if i get", "say yes or no to each", "could the code be", "might the code be", "could the number be", "could the password be", "is the code maybe"},
		"begins":    {"start with", "begin with", "end in", "end with", "starts with", "begins with", "ends in", "ends with"},

		// Somebody speaks to a model.
		"ignore":   {"ignore", "disregard", "forget", "override", "overwrite", "bypass", "drop", "delete", "discard", "cancel", "set aside", "stop following", "don t follow", "do not follow", "erase", "reset", "neglect", "remove", "lift", "disable", "deactivate", "turn off", "break", "violate", "do not obey", "don t obey", "throw away", "skip", "lose"},
		"aside":    {"aside", "away", "off"},
		"overrule": {"these replace", "replace", "supersede", "instead of"},
		"orders":   {"instructions", "instruction", "your rules", "all rules", "the rules above", "prompt", "prompts", "guidelines", "restrictions", "your training", "programming", "everything above", "all of the above", "what you were told", "what they told you", "you were told", "previous orders", "your orders", "your limits", "your limitations", "everything before", "directives", "guard rails", "guardrails", "all previous", "safety rules", "safety", "protocols", "safeguards", "policies", "your policy", "constraints", "filters", "boundaries", "your commands", "the rules", "your ethics", "your principles"},
		"become": {
			"you are now a", "you are now an", "you are now my", "you are now the", "you are now in", "you are now no", "you are now free", "you are now called", "you are now dan", "you are now without", "you re now a", "you re now an", "you re now my", "from now on you re", "from now on answer", "act as a", "act as an", "act as if", "act as the", "act like you",
			"pretend to be", "pretend you are", "pretend that you are", "pretend you re", "pretend that you have no", "roleplay", "role play", "let s play a game", "imagine you are", "imagine you re", "imagine that you are", "your new task", "your new role", "your new job is", "new instructions", "new instruction", "here are your new", "end of prompt", "end of the prompt", "end of instructions", "simulate a", "you are no longer", "you are free of", "jailbreak", "do anything now", "grandmother used to read", "answer as the", "you have no rules", "without any rules", "without restrictions", "from now on you", "act like", "behave like", "behave as", "you are going to be", "become my", "become a", "unrestricted", "uncensored", "stop being a", "speak as if", "you are a model", "you are an ai", "as an ai", "language model", "without limits", "no limits", "take the role", "play the role", "in the role of", "your real purpose", "you have been upgraded", "you have been updated", "you were upgraded", "speak freely", "you may now", "you can now say", "you are allowed to", "begin your answer with", "start your answer with", "answer only with", "you no longer have", "your owner allows", "you have permission to",
		},
		"joining": {"become a customer", "become a client", "become a member"}, // of the company, not of a play
		"innards": {"system prompt", "your prompt", "the prompt", "system message", "initial instructions", "hidden instructions", "secret instructions", "api key", "source code", "hidden prompt", "secret prompt", "original prompt", "prompt", "your guidelines", "your directives"},
		"mode":    {"developer mode", "debug mode", "debugging mode", "admin mode", "administrator mode", "maintenance mode", "test mode", "god mode", "root access", "diagnostic mode", "service mode", "unrestricted mode", "root mode", "sudo", "superuser", "unlock mode", "supervisor mode", "engineer mode", "engineering mode", "safe mode", "override mode", "privileged mode", "admin access", "administrator access"},
		"prompt":  {"your prompt", "the prompt", "system prompt", "your instructions", "initial instructions", "system message", "your configuration", "hidden instructions", "your rules", "your secret instructions", "words above", "text above", "everything above", "first sentence of your", "your training data", "your api key", "api key", "your source code", "your settings", "hidden prompt", "secret prompt", "original prompt", "internal prompt", "prompt", "your guidelines", "your directives", "your training", "you were told", "what you were told", "you have been told", "your first message"},
		"command": {"drop table", "select star", "rm rf", "rm minus rf", "execute the following", "run the following", "run this command", "execute this", "union select", "or one equals one", "print env", "eval", "as base64", "in base64", "as json", "rot13", "call the function", "call the tool", "api call", "tool call", "function call"},
		"role":    {"system", "assistant", "developer"},
		"bot":     {"says", "override", "message", "command", "note", "prompt"},
	}
}

// relatives are those for whom callers speak.
func relatives() []string {
	who := []string{
		"mother", "mom", "mum", "father", "dad", "parents", "grandmother", "grandma", "grandfather", "grandpa", "wife", "husband", "daughter", "brother", "sister", "aunt", "uncle", "neighbour", "neighbor", "friend", "partner", "boyfriend", "girlfriend", "boss", "colleague", "landlord", "tenant", "client", "customer", "ex", "cousin", "nephew", "niece", "son", "ex wife", "ex husband", "ex partner", "grandson", "granddaughter", "mother in law", "father in law", "flatmate", "roommate",
	}
	var out []string
	for _, w := range who {
		for _, of := range []string{"my", "her", "his", "our", "a", "an old", "my old", "my elderly"} {
			if of != "a" || w != "colleague" && w != "boss" { // that is whom honest callers ask for
				out = append(out, of+" "+w)
			}
		}
	}
	return out
}
