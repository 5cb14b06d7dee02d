// Whether this browser gives a microphone. It is asked before somebody is rung who could not
// be heard.

export async function hasMicrophone(): Promise<boolean> {
  try {
    const got = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of got.getTracks()) track.stop();
    return true;
  } catch {
    return false; // refused, or there is none, or the page came in clear
  }
}
