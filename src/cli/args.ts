/**
 * Command-line arguments: a thin, strict layer over `node:util` parseArgs, so that every command refuses a misspelt
 * option the same way.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { messageOf } from '../chain/thrown.ts'

/** The command was called wrongly. Printed with the command's usage text; the process exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** `string`: given at most once. `strings`: may be repeated, and one option takes all words up to the next option. `flag`: no value. */
export type OptionKind = 'string' | 'strings' | 'flag'

type OptionValue<Kind extends OptionKind> = Kind extends 'strings'
  ? readonly string[]
  : Kind extends 'flag'
    ? boolean
    : string | undefined

export interface CommandLine<Options extends Record<string, OptionKind>> {
  readonly options: { readonly [Name in keyof Options]: OptionValue<Options[Name]> }
  readonly positionals: readonly string[]
}

/**
 * Parses `argv` (without node and script). Options are `--name value` or `--name=value`; absent `strings` are `[]`,
 * absent flags `false`. `--updates a b --now 5` gives updates `['a', 'b']`: words after a `strings` option belong to it.
 * @throws UsageError for an unknown option, a missing value, or a `string` given twice.
 */
export function parseCommandLine<const Options extends Record<string, OptionKind>>(
  argv: readonly string[],
  kinds: Options,
): CommandLine<Options> {
  const { tokens } = parse(argv, kinds)
  const found = new Map<string, string[]>()
  const positionals: string[] = []
  let open: string[] | undefined
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      open = undefined
    } else if (token.kind === 'positional') {
      ;(open ?? positionals).push(token.value)
    } else {
      const values = found.get(token.name) ?? []
      found.set(token.name, values)
      if (kinds[token.name] !== 'flag') values.push(token.value ?? '')
      if (kinds[token.name] === 'string' && values.length > 1) {
        throw new UsageError(`--${token.name} is given ${values.length} times, it takes one value`)
      }
      open = kinds[token.name] === 'strings' ? values : undefined
    }
  }
  const options = Object.entries(kinds).map(([name, kind]) => [name, valueOf(kind, found.get(name))])
  return { options: Object.fromEntries(options) as CommandLine<Options>['options'], positionals }
}

/**
 * A whole number from an option's text.
 * @throws UsageError naming the option when it is not a decimal integer within the bounds.
 */
export function integerOption(
  name: string,
  text: string,
  bounds: { readonly min: number; readonly max: number },
): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw new UsageError(
      `--${name} ${JSON.stringify(text)}: expected a whole number from ${bounds.min} to ${bounds.max}`,
    )
  }
  return value
}

function parse(argv: readonly string[], kinds: Record<string, OptionKind>) {
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, kind] of Object.entries(kinds)) {
    options[name] = kind === 'flag' ? { type: 'boolean' } : { type: 'string', multiple: true }
  }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true, tokens: true })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

function valueOf(kind: OptionKind, values: string[] | undefined): string | boolean | readonly string[] | undefined {
  if (kind === 'flag') return values !== undefined
  return kind === 'strings' ? (values ?? []) : values?.[0]
}
