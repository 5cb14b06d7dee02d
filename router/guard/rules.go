package guard

// patterns are the rules. The classes are in english.go and french.go; a sentence may mix
// both languages.
func patterns() []pattern {
	return []pattern{
		{Injection, "ignore 6 orders"},
		{Injection, "overrule 4 orders"},
		{Injection, "put 3 orders 1 aside"},
		{Injection, "become !joining"},
		{Injection, "mode"},
		{Injection, "tell 4 prompt"},
		{Injection, "again 4 innards"},
		{Injection, "command"},
		{Injection, "role 3 bot"},

		{Change, "change 5 contact"},
		{Change, "change 2 bare"},
		{Change, "put 3 own 2 contact"},
		{Change, "own 1 newcontact"},
		{Change, "toward 1 newcontact"},
		{Change, "contact 3 changed"},
		{Change, "contact 6 changeit"},
		{Change, "bare 2 changed"},
		{Change, "shift 2 debit"},
		{Change, "debit 2 changed"},
		{Change, "moved 8 contact"},

		{ReadBack, "tell 4 digits 4 gave"},
		{ReadBack, "again 4 digits 4 gave"},
		{ReadBack, "again 4 carddigits !iwill"},
		{ReadBack, "tell 4 carddigits !iwill"},
		{ReadBack, "carddigits 3 tell"},
		{ReadBack, "again 4 manydigits"},
		{ReadBack, "again 4 digits 1 backward !iwill"},
		{ReadBack, "what 2 plastic 2 didi"},
		{ReadBack, "back !iwill"},
		{ReadBack, "whatisaid"},

		{Disclosure, "tell 4 mine 2 data !iwill"},
		{Disclosure, "again 4 mine 2 data !iwill"},
		{Disclosure, "tell 4 other 3 datum"},
		{Disclosure, "again 4 other 3 datum"},
		{Disclosure, "need 3 other 2 datum"},
		{Disclosure, "tell 4 datum 2 of 2 person !service !iwill"},
		{Disclosure, "need 3 datum 2 of 2 person !service"},
		{Disclosure, "tell 5 data 4 onfile"},
		{Disclosure, "tell 5 kept 4 onfile"},
		{Disclosure, "need 3 data 4 onfile"},
		{Disclosure, "need 2 data 3 person !service"},
		{Disclosure, "anything 6 files"},
		{Disclosure, "what 2 data 4 onfile"},
		{Disclosure, "what 1 kept 3 onfile"},
		{Disclosure, "where 3 person 3 live"},
		{Disclosure, "where 1 live 3 person"},
		{Disclosure, "wholives"},
		{Disclosure, "youknow 3 person"},

		{Authority, "self 1 power"},
		{Authority, "itis 1 boss"},
		{Authority, "work 2 house"},
		{Authority, "order"},

		{Pressure, "skip 3 checks"},
		{Pressure, "dont 1 verifyme"},
		{Pressure, "exception"},
		{Pressure, "threat 3 doom"},
		{Pressure, "obey"},

		{Probing, "try 2 another 2 secret"},
		{Probing, "secret 8 exists"},
		{Probing, "is 2 code 6 right"},
		{Probing, "is 6 right 1 code"},
		{Probing, "is 6 goodcode"},
		{Probing, "whatabout"},
		{Probing, "checkif 6 aclient"},
		{Probing, "starts"},
		{Probing, "asksif 3 counted 3 begins"},
		{Probing, "hint"},
		{Probing, "other 2 datum 3 begins"},

		{Impersonation, "behalf 3 person"},
		{Impersonation, "self 1 kin"},
		{Impersonation, "itis 1 kin"},
		{Impersonation, "proxy"},
		{Impersonation, "pose"},
	}
}

// glued are orders to models that are found with their words run together, too. They are
// long, so that nothing else holds them.
func glued() map[string]Kind {
	return map[string]Kind{
		"ignoreyourinstructions": Injection, "ignoreallinstructions": Injection, "ignoreprevious": Injection, "ignoreallprevious": Injection,
		"ignoretheinstructions": Injection, "disregardyour": Injection, "forgetyourinstructions": Injection, "forgetyourrules": Injection,
		"systemprompt": Injection, "ignorezvosinstructions": Injection, "ignoretesinstructions": Injection, "oublietesinstructions": Injection,
		"oubliezvosinstructions": Injection, "ignoreteslesinstructions": Injection, "ignoretoutesles": Injection, "ignoreztoutesles": Injection,
		"ignorelesinstructions": Injection, "ignorezlesinstructions": Injection,
	}
}
