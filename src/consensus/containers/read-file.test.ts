/** The forms in which servers and editors hand out the same objects, all from recorded ones. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { describeWithData } from '../../testing/data.ts'
import { DecodeError } from './decode-error.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from './read-file.ts'

const mainnet = networkByName('mainnet')

interface Wrapped {
  readonly version: string
  readonly data: Record<string, unknown>
}

describeWithData('light-client JSON', (data) => {
  const folder = join(data, 'lightclient/mainnet-fulu-1711-nimbus')
  const text = (name: string) => readFileSync(join(folder, `lc_${name}.json`), 'utf8')
  const bytes = (json: unknown) => new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json))
  const bootstrap = JSON.parse(text('bootstrap')) as Wrapped
  const [update] = JSON.parse(text('updates')) as [Wrapped]
  const knownBootstrap = readBootstrap(mainnet, bytes(bootstrap))
  const knownUpdates = readUpdates(mainnet, bytes([update]))

  test.each([
    ['data with a list of bare updates', { data: [update.data] }],
    ['version and data with a list of bare updates', { version: 'fulu', data: [update.data] }],
    ['data with a list of updates with their versions', { data: [update] }],
    ['one with its version', update],
    ['one bare', update.data],
  ])('updates: %s', (_, json) => {
    expect(knownUpdates).toMatchObject([{ kind: 'update' }])
    expect(readUpdates(mainnet, bytes(json))).toEqual(knownUpdates)
  })

  test('a version said of a list is said of each item', () => {
    const decoded = readUpdates(mainnet, bytes({ version: 'deneb', data: [update.data, 5] }))
    expect(decoded).toMatchObject([{ error: { fault: 'wrongFork' } }, { error: { fault: 'malformed' } }])
  })

  test.each([
    ['in a list', [bootstrap]],
    ['bare, in a list', [bootstrap.data]],
    ['in a list as data', { version: 'fulu', data: [bootstrap.data] }],
  ])('a bootstrap %s', (_, json) => {
    expect(readBootstrap(mainnet, bytes(json))).toEqual(knownBootstrap)
  })

  test('of several where one is asked for, the error says that a list came', () => {
    const read = (json: unknown) => () => readBootstrap(mainnet, bytes(json))
    expect(read([bootstrap, bootstrap])).toThrow('bootstrap: expected an object, got a list of 2')
    expect(read([])).toThrow('bootstrap: expected an object, got a list of 0')
    expect(read({ data: [] })).toThrow('bootstrap: data: expected an object, got a list of 0')
    expect(() => readHeadUpdate(mainnet, 'finalityUpdate', bytes([update]))).toThrow('got a list of 1')
  })

  test.each([
    ['a mark of UTF-8', '\ufeff'],
    ['more white space than a header is long', ' \t\r\n'.repeat(100)],
    ['both', `\ufeff${'\n'.repeat(100)}`],
  ])('JSON is told behind %s', (_, before) => {
    expect(readBootstrap(mainnet, bytes(before + text('bootstrap')))).toEqual(knownBootstrap)
    expect(readUpdates(mainnet, bytes(before + text('updates')))).toEqual(knownUpdates)
  })

  test('fields that a container does not have are ignored, in every object; its own stay required', () => {
    const json = structuredClone(bootstrap) as unknown as Record<string, Record<string, Record<string, unknown>>>
    const header = json['data']?.['header']?.['beacon'] as Record<string, unknown>
    const extra = { canonical: true, weight: 7, note: null, nested: { deep: [{}] } }
    Object.assign(json, extra)
    Object.assign(json['data'] ?? {}, extra)
    Object.assign(header, extra)
    expect(readBootstrap(mainnet, bytes(json))).toEqual(knownBootstrap)
    delete header['body_root']
    expect(() => readBootstrap(mainnet, bytes(json))).toThrow(DecodeError)
  })
})
