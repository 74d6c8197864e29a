import { describe, expect, test } from 'vitest'
import { integerOption, parseCommandLine, UsageError } from './args.ts'

const kinds = { network: 'string', updates: 'strings', once: 'flag' } as const

describe('parseCommandLine', () => {
  test('gives every option its value and keeps the positionals in order', () => {
    const { options, positionals } = parseCommandLine(['a', '--network=sepolia', 'b', '--once', '-'], kinds)
    expect(options).toEqual({ network: 'sepolia', updates: [], once: true })
    expect(positionals).toEqual(['a', 'b', '-'])
  })

  test('a list option takes the words up to the next option, and may be repeated', () => {
    const { options, positionals } = parseCommandLine(
      ['--updates', '1.ssz', '2.ssz', '--once', '--updates', '3.ssz', '--', '4.ssz'],
      kinds,
    )
    expect(options.updates).toEqual(['1.ssz', '2.ssz', '3.ssz'])
    expect(positionals).toEqual(['4.ssz'])
  })

  test('absent options are undefined, empty and false', () => {
    expect(parseCommandLine([], kinds).options).toEqual({ network: undefined, updates: [], once: false })
  })

  test.each([
    ['an unknown option', ['--netwrok', 'mainnet']],
    ['a missing value', ['--network']],
    ['an option where a value belongs', ['--network', '--once']],
    ['a value for a flag', ['--once=yes']],
    ['a single option given twice', ['--network', 'a', '--network', 'b']],
  ])('refuses %s', (_, argv) => {
    expect(() => parseCommandLine(argv, kinds)).toThrow(UsageError)
  })
})

describe('integerOption', () => {
  const bounds = { min: 0, max: 65535 }
  test('reads a whole number within the bounds', () => {
    expect(integerOption('port', '5173', bounds)).toBe(5173)
  })
  test.each(['', '-1', '1.5', '0x10', '65536', 'ten', '1e3'])('refuses %j and names the option', (text) => {
    expect(() => integerOption('port', text, bounds)).toThrow(/--port .*from 0 to 65535/)
  })
})
