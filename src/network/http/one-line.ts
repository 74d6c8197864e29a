/** Words from outside, fit for a message. */

/** Control characters could move a terminal's cursor, marks of direction could reverse the text that follows. */
const NOT_SHOWN = /[\s\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu

/** Printable, on one line, at most so many characters and then an ellipsis. */
export function oneLine(text: string, most: number): string {
  const line = text.replace(NOT_SHOWN, ' ').trim()
  return line.length > most ? `${line.slice(0, most)}…` : line
}
