package lexicon

import "strings"

// tableFor gives the voice of espeak-ng and the table from its IPA to the
// phones of the acoustic model.
func tableFor(language string) (voice string, table map[string][]string) {
	if language == "fr" {
		return "fr", parse(frenchPhones)
	}
	return "en-us", parse(englishPhones)
}

func parse(text string) map[string][]string {
	out := make(map[string][]string)
	for pair := range strings.FieldsSeq(text) {
		ipa, phones, _ := strings.Cut(pair, "=")
		out[ipa] = strings.Split(phones, "+")
	}
	return out
}

// The phones of cmudict, from the IPA of espeak-ng's voice en-us.
const englishPhones = `
aɪ=AY aʊ=AW eɪ=EY oʊ=OW ɔɪ=OY tʃ=CH dʒ=JH iə=IY+AH ɑː=AA ɔː=AO ɜː=ER iː=IY uː=UW oː=AO
aɪə=AY+ER aɪɚ=AY+ER ɪɹ=IH+R ɛɹ=EH+R ʊɹ=UH+R ɑːɹ=AA+R ɔːɹ=AO+R oːɹ=AO+R
a=AE æ=AE ɑ=AA ɐ=AH ʌ=AH ə=AH ɔ=AO ɒ=AA ɛ=EH e=EH ɚ=ER ɜ=ER ɪ=IH i=IY ᵻ=IH ʊ=UH u=UW o=OW
b=B d=D ð=DH f=F ɡ=G g=G h=HH j=Y k=K l=L m=M n=N ŋ=NG p=P ɹ=R r=R s=S ʃ=SH t=T ɾ=T θ=TH v=V w=W z=Z ʒ=ZH x=K
n̩=AH+N l̩=AH+L əl=AH+L ʔ=T
`

// The phones of cmusphinx-fr, from the IPA of espeak-ng's voice fr and of the
// English words that it reads the English way.
const frenchPhones = `
ɑ̃=an ɔ̃=on ɛ̃=in œ̃=un ɑ=aa a=aa ɐ=aa ɛ=ai e=ei ə=ee ø=eu œ=oe o=au ɔ=oo i=ii y=uu u=ou ɪ=ii ʊ=ou ʌ=oe ɒ=oo æ=aa ɜ=oe ɚ=oe
j=yy ɥ=uy w=ww b=bb d=dd f=ff ɡ=gg g=gg k=kk l=ll m=mm n=nn ɲ=gn ŋ=nn+gg p=pp ʁ=rr ɹ=rr r=rr s=ss ʃ=ch t=tt v=vv z=zz ʒ=jj
tʃ=tt+ch dʒ=dd+jj θ=ss ð=zz eɪ=ei aɪ=aa+yy oʊ=au aʊ=aa+ou ɔɪ=oo+yy h= ɔː=oo iː=ii uː=ou ɑː=aa ɜː=oe
`
