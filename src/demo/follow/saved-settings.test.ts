import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_FIELD_CHARACTERS, MAX_SAVED_NETWORKS } from '../limits.ts'
import { NO_SETTINGS } from './follow-settings.ts'
import { createSettingsStore, type SavedNetwork } from './saved-settings.ts'

/** A browser's storage with that text in it. */
function storageWith(text: string | null) {
  let kept = text
  return { getItem: () => kept, setItem: (_key: string, value: string) => void (kept = value) }
}
const entry = (network: string, servers = 'https://a.example'): SavedNetwork => ({
  network,
  settings: { ...NO_SETTINGS, servers },
  isFollowing: true,
})
const savedIn = (storage: Parameters<typeof createSettingsStore>[0]) => {
  const read = createSettingsStore(storage).read()
  if (read.kind === 'ignored') throw new Error(read.reason)
  return read.saved
}

test('what was saved is read at the next visit, the latest network first and each once', () => {
  const storage = storageWith(null)
  expect(savedIn(storage)).toEqual({ networks: [], file: undefined })
  const store = createSettingsStore(storage)
  store.saveNetwork(entry('mainnet'))
  store.saveNetwork(entry('sepolia'))
  store.saveNetwork(entry('mainnet', 'https://b.example'))
  store.saveFile({ name: 'network.json', text: '{}' })
  expect(savedIn(storage)).toEqual({
    networks: [entry('mainnet', 'https://b.example'), entry('sepolia')],
    file: { name: 'network.json', text: '{}' },
  })
  store.saveFile(undefined)
  expect(savedIn(storage).file).toBeUndefined()
})

test('a network too many is forgotten, the oldest first', () => {
  const storage = storageWith(null)
  const store = createSettingsStore(storage)
  for (let i = 0; i < 20; i++) store.saveNetwork(entry(`devnet-${i}`))
  const { networks } = savedIn(storage)
  expect(networks).toHaveLength(MAX_SAVED_NETWORKS)
  expect(networks[0]?.network).toBe('devnet-19')
})

describe('what has another shape is ignored as a whole', () => {
  const whole = { version: 1, networks: [entry('mainnet')] }
  const long = 'x'.repeat(MAX_FIELD_CHARACTERS + 1)

  test.each([
    ['{"version":1,"net'],
    ['null'],
    [JSON.stringify({ ...whole, version: '1' })],
    [JSON.stringify({ ...whole, networks: {} })],
    [JSON.stringify({ ...whole, networks: Array.from({ length: 9 }, () => entry('mainnet')) })],
    [JSON.stringify({ ...whole, networks: [{ ...entry('mainnet'), isFollowing: 1 }] })],
    [JSON.stringify({ ...whole, networks: [{ network: 'mainnet', isFollowing: true, settings: {} }] })],
    [JSON.stringify({ ...whole, networks: [entry('mainnet', long)] })],
    [JSON.stringify({ ...whole, file: 'network.json' })],
  ])('%.60s', (text) => {
    expect(createSettingsStore(storageWith(text)).read()).toEqual({ kind: 'ignored', reason: 'they are damaged' })
  })

  test('of a newer version', () => {
    const read = createSettingsStore(storageWith(JSON.stringify({ ...whole, version: 2 }))).read()
    expect(read).toMatchObject({ kind: 'ignored', reason: expect.stringContaining('newer') as unknown })
  })

  test('any JSON whatever', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(createSettingsStore(storageWith(text)).read().kind).toBe('ignored')
      }),
    )
  })

  test('and written over by what is saved next', () => {
    const storage = storageWith('damaged')
    createSettingsStore(storage).saveNetwork(entry('mainnet'))
    expect(savedIn(storage).networks).toEqual([entry('mainnet')])
  })
})

test('a browser that keeps nothing stops nothing', () => {
  expect(savedIn(undefined).networks).toEqual([])
  const denied = () => {
    throw new Error('denied')
  }
  const store = createSettingsStore({ getItem: denied, setItem: denied })
  store.saveNetwork(entry('mainnet'))
  expect(store.read()).toMatchObject({ kind: 'ignored', reason: expect.stringContaining('denied') as unknown })
})
