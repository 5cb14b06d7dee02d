// Package prompts holds what the bundled assistants say when no synthesizer
// answers, as audio that was rendered when the program was built. It is pure
// data: no goroutine, nothing blocks. A build without the rendered files works
// and finds nothing; see `make prompts` and `callgen prompts`.
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"
)

// audio holds one file of G.711 mu-law for each language and text, and a text
// that says so, without which an empty folder could not be embedded.
//
//go:embed audio
var audio embed.FS

// extension tells the rendered files from the text beside them.
const extension = ".ulaw"

// Find gives the audio of a text, G.711 mu-law at 8 kHz.
func Find(language, text string) ([]byte, bool) {
	code, err := audio.ReadFile("audio/" + Name(language, text))
	return code, err == nil
}

// Count gives the number of texts that can be found.
func Count() int {
	files, err := audio.ReadDir("audio")
	if err != nil {
		return 0
	}
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f.Name(), extension) {
			n++
		}
	}
	return n
}

// Name gives the file that holds a text. Languages differ by their first part
// only ("fr-FR" is "fr"), texts not by the space between words.
func Name(language, text string) string {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	sum := sha256.Sum256([]byte(language + "\n" + strings.Join(strings.Fields(text), " ")))
	return hex.EncodeToString(sum[:16]) + extension
}
