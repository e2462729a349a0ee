// What is written on the screen, in which language it is, and what it is in Vietnamese: so that the
// voice asks for exactly the words that are shown, and Vietnamese can stand in where a voice is
// missing. Only what the program and the catalogue say is noted here. A text that is not here is
// somebody's own, and is not read aloud unless she asks for it.

export interface Saying {
  language: string
  vi: string
}

const sayings = new Map<string, Saying>()
const most = 3000

export function note(text: string, saying: Saying): string {
  const key = text.trim()
  if (key && !sayings.has(key)) {
    // The oldest go: a screen that still shows one would be read without it, never wrongly.
    if (sayings.size >= most) sayings.delete(sayings.keys().next().value ?? '')
    sayings.set(key, saying)
  }
  return text
}

export const sayingOf = (text: string): Saying | undefined => sayings.get(text.trim())

/** forgetSayings: a sentence with a value in it may hold a slip number; it goes with the visit. */
export const forgetSayings = () => sayings.clear()
