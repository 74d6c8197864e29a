/** Numbers from the texts of options. */
import { OptionError } from './option-error.ts'

export interface NumberBounds {
  readonly min: number
  readonly max: number
  /** Default: any number. */
  readonly kind?: 'whole' | 'any'
  /** Why no more, where a user may wonder; the end of a sentence. */
  readonly reason?: string
}

/** Undefined where the option is not given. @throws {OptionError} */
export function numberOption(
  name: string,
  text: string | undefined,
  { min, max, kind = 'any', reason }: NumberBounds,
): number | undefined {
  if (text === undefined) return undefined
  const form = kind === 'whole' ? /^\d+$/ : /^(\d+\.?\d*|\.\d+)$/
  const value = form.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const what = kind === 'whole' ? 'a whole number' : 'a number'
  const why = reason === undefined ? '' : `, because ${reason}`
  throw new OptionError(`--${name} ${JSON.stringify(text)}: expected ${what} from ${min} to ${max}${why}`)
}
