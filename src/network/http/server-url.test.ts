import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SERVER_URL_MAX } from './constants.ts'
import { ServerUrlError, parseServerUrl } from './server-url.ts'

describe('routes', () => {
  test.each([
    ['https://beacon.example', 'https://beacon.example/eth/v1/beacon/genesis?a=b'],
    ['https://beacon.example/', 'https://beacon.example/eth/v1/beacon/genesis?a=b'],
    [' http://127.0.0.1:5052/eth2/mainnet// ', 'http://127.0.0.1:5052/eth2/mainnet/eth/v1/beacon/genesis?a=b'],
    ['https://beacon.example/x?apikey=k%20y', 'https://beacon.example/x/eth/v1/beacon/genesis?apikey=k+y&a=b'],
  ])('of %s are below its path, with its query', (given, expected) => {
    expect(parseServerUrl(given).route('/eth/v1/beacon/genesis', { a: 'b' })).toBe(expected)
  })

  test('name a parameter once for each of its values', () => {
    expect(parseServerUrl('https://a.example').route('/x', { topics: ['a', 'b'], c: 'd' })).toBe(
      'https://a.example/x?topics=a&topics=b&c=d',
    )
  })

  test('have no question mark without a query', () => {
    expect(parseServerUrl('https://a.example').route('/x')).toBe('https://a.example/x')
  })
})

describe('names', () => {
  test('show the whole of a URL without secrets', () => {
    expect(parseServerUrl('https://beacon.example:444/eth/v2/').name).toBe('https://beacon.example:444/eth/v2')
  })

  test('hide path segments and queries that may be keys, and still differ', () => {
    const a = parseServerUrl('https://beacon.example/v3/0123456789abcdef?token=s3cr3t')
    const b = parseServerUrl('https://beacon.example/v3/fedcba9876543210?token=s3cr3t')
    expect(a.name).toMatch(/^https:\/\/beacon\.example\/v3\/…\?… \([0-9a-f]{4}\)$/)
    expect(b.name).not.toBe(a.name)
  })

  test('and redacted text hold no key, wherever it was', () => {
    const key = fc.stringMatching(/^[0-9a-zA-Z_-]{11,40}$/)
    const property = fc.property(key, fc.constantFrom('path', 'query'), (secret, where) => {
      const url = parseServerUrl(`https://beacon.example/${where === 'path' ? secret : `?key=${secret}`}`)
      expect(url.name).not.toContain(secret)
      expect(url.redact(`cannot GET /${secret}/eth?x=${secret}`)).toBe('cannot GET /…/eth?x=…')
    })
    fc.assert(property, { numRuns: 200 })
  })

  test('redaction finds a key that the URL has in percent encoding', () => {
    expect(parseServerUrl('https://beacon.example/a%20secret').redact('no "a secret", no a%20secret')).toBe(
      'no "…", no …',
    )
  })
})

test.each([
  ['lodestar.example', /is no URL/],
  ['ftp://beacon.example', /begins with ftp:/],
  ['javascript:alert(1)', /begins with javascript:/],
  ['https://user:pass@beacon.example', /the URL of beacon\.example holds a user name or password/],
  ['https://beacon.example/#key', /#fragment/],
  [`https://beacon.example/${'x'.repeat(SERVER_URL_MAX)}`, /characters long/],
])('%s is refused', (text, message) => {
  expect(() => parseServerUrl(text)).toThrow(ServerUrlError)
  expect(() => parseServerUrl(text)).toThrow(message)
  expect(() => parseServerUrl(text)).not.toThrow(/pass@|#key/)
})
