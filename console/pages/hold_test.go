package pages_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Who holds the board still reads of when it is what they see; nothing of it is too wide for a
// phone, and a screen reader is told politely.
func TestAPageThatIsHeldSaysSinceWhenAndUntilWhen(t *testing.T) {
	b, house := newVisit(t)
	b.do(t, chromedp.EmulateViewport(320, 640))
	for lang, says := range map[string]string{"en": "Held: as it was at ", "fr": "Figé : tel qu’à "} {
		b.open(t, house.URL+"/?lang="+lang, ".queue .levels")
		b.do(t, chromedp.Focus(".link button"), chromedp.KeyEvent(" "), chromedp.WaitVisible(`.link button[aria-pressed="true"]`))
		told := eval[string](t, b, `document.querySelector(".link [role=status]").textContent`)
		if !strings.HasPrefix(told, says) || strings.Count(told, ":") < 4 {
			t.Errorf("%s: %q", lang, told)
		}
		if wide := eval[int](t, b, `document.documentElement.scrollWidth`); wide > 320 {
			t.Errorf("%s: %d wide", lang, wide)
		}
	}
}
