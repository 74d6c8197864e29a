import { expect, test } from 'vitest'
import { HASH_A } from '../fixtures.ts'
import { MAX_FIELD_CHARACTERS } from '../limits.ts'
import { NO_SETTINGS } from './follow-settings.ts'
import { readAddress, writeAddress } from './page-address.ts'

const PAGE = 'http://127.0.0.1:5173/#results'
const SETTINGS = {
  ...NO_SETTINGS,
  servers: 'http://127.0.0.1:5052\nhttps://b.example',
  executionServers: 'https://e.example',
  checkpoint: HASH_A,
  checkpointSources: 'https://c.example',
}

test('a built-in network survives in the address; mainnet needs no mention', () => {
  const address = writeAddress(PAGE, { kind: 'built-in', name: 'holesky' }, undefined)
  expect(address).toBe('http://127.0.0.1:5173/?network=holesky#results')
  expect(readAddress(address)).toEqual({ network: { kind: 'built-in', name: 'holesky' }, settings: undefined })
  expect(writeAddress(address, { kind: 'built-in', name: 'mainnet' }, undefined)).toBe(PAGE)
  expect(readAddress(PAGE)).toEqual({ network: { kind: 'none' }, settings: undefined })
})

test('a network file is named by its URL, or a path on the page’s server', () => {
  const url = 'https://x.example/beamtab/network.json'
  expect(readAddress(writeAddress(PAGE, { kind: 'file', url }, undefined)).network).toEqual({ kind: 'file', url })
  expect(readAddress('http://127.0.0.1:5173/?network=/devnet.json').network).toEqual({
    kind: 'file',
    url: 'http://127.0.0.1:5173/devnet.json',
  })
})

test.each(['__proto__', 'Mainnet', 'file:///etc/passwd', 'javascript:alert(1)', 'x.example/network.json'])(
  'a network called %s is none',
  (text) => {
    expect(readAddress(`http://127.0.0.1/?network=${encodeURIComponent(text)}`).network).toEqual({
      kind: 'unknown',
      text,
    })
  },
)

test('settings survive in the address, but for the permission that a link cannot give', () => {
  const address = writeAddress(PAGE, { kind: 'none' }, { ...SETTINGS, allowOldCheckpoint: true })
  expect(address).toContain('?beacon=http://127.0.0.1:5052&beacon=https://b.example&execution=https://e.example')
  expect(readAddress(address).settings).toEqual(SETTINGS)
  expect(writeAddress(address, { kind: 'none' }, undefined)).toBe(PAGE)
})

test('other parameters stay, and a URL with signs of its own comes back whole', () => {
  const servers = 'https://x.example/a&b=c%20d'
  const address = writeAddress('http://127.0.0.1/?lang=en', { kind: 'none' }, { ...NO_SETTINGS, servers })
  expect(readAddress(address).settings?.servers).toBe(servers)
  expect(new URL(address).searchParams.get('lang')).toBe('en')
})

test('an endless address is cut to what a field holds', () => {
  const address = `${PAGE.replace('#results', '')}?${'beacon=https://a.example&'.repeat(5_000)}beacon=${'x'.repeat(1e6)}`
  expect(readAddress(address).settings?.servers.length).toBeLessThanOrEqual(MAX_FIELD_CHARACTERS)
})
