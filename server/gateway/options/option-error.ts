/** An option has another form than it should; the message names it and says what was expected. */
export class OptionError extends Error {
  override name = 'OptionError'
}
