import { hexToBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { asHash, type Hex } from '../../src/chain/bytes.ts'
import { queryPairs } from '../../src/network/http/server-url.ts'
import { MAX_CODES } from '../../src/network/state-service/constants.ts'
import { httpForm } from '../../src/network/state-service/http-form.ts'
import { askedContents } from './asked-contents.ts'

const hashes = (count: number): Hex[] =>
  Array.from({ length: count }, (_, at): Hex => `0x${(at + 1).toString(16).padStart(64, '0')}`)

/** As it stands in a request's first line and body. */
function asked(kind: 'nodes' | 'codes', wanted: readonly Hex[]): readonly string[] {
  const { path, query = {}, body } = httpForm(kind, { hashes: wanted.map((hash) => asHash(hexToBytes(hash))) })
  const target = `${path}?${new URLSearchParams(queryPairs(query)).toString()}`
  return askedContents(body === undefined ? 'GET' : 'POST', target, body ?? new Uint8Array())
}

test.each(['nodes', 'codes'] as const)('%s are told in both forms that a client asks in', (kind) => {
  expect(asked(kind, hashes(1))).toEqual(hashes(1))
  expect(asked(kind, hashes(7))).toEqual(hashes(7))
  expect(asked(kind, hashes(MAX_CODES))).toEqual(hashes(MAX_CODES))
})

test('other requests ask for no contents', () => {
  const { path } = httpForm('witnessMetadata', { blockHash: asHash(new Uint8Array(32)) })
  expect(askedContents('GET', path, new Uint8Array())).toEqual([])
  expect(askedContents('POST', httpForm('nodes', { hashes: [] }).path, Uint8Array.of(9, 9))).toEqual([])
  expect(askedContents('GET', '/eth/v1/node/version', new Uint8Array())).toEqual([])
})
