/** The file cannot be made: says what was asked of whom, and what came. */
export class WitnessError extends Error {
  override name = 'WitnessError'
}
