/** What executes the block cannot be had: says what was asked of whom, and what came. */
export class WitnessError extends Error {
  override name = 'WitnessError'
}
