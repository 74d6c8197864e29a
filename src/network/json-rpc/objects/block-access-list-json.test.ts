import { RLP } from '@ethereumjs/rlp'
import { expect, test } from 'vitest'
import { data, word } from '../hex.ts'
import { bytes20, bytes32 } from '../../../../server/gateway/json-rpc/small-chain.fixtures.ts'
import { blockAccessListJson } from './block-access-list-json.ts'
import { MalformedObjectError } from './rlp-items.ts'

const ADDRESS = bytes20(0xaa)
const list = (slot: Uint8Array): Uint8Array =>
  RLP.encode([
    [
      ADDRESS,
      [
        [
          slot,
          [
            [Uint8Array.of(), Uint8Array.of(1)],
            [Uint8Array.of(2), Uint8Array.of(1, 0)],
          ],
        ],
      ],
      [bytes32(9)],
      [[Uint8Array.of(1), Uint8Array.of()]],
      [[Uint8Array.of(1), Uint8Array.of(5)]],
      [[Uint8Array.of(3), Uint8Array.of(0xef, 1)]],
    ],
    [bytes20(0xbb), [], [], [], [], []],
  ])

const nothing = { storageChanges: [], storageReads: [], balanceChanges: [], nonceChanges: [], codeChanges: [] }

test.each([
  ['integers', Uint8Array.of(7)],
  ['32 bytes', new Uint8Array(32).fill(7, 31)],
])('slots as %s are shown alike', (_, slot) => {
  expect(blockAccessListJson(list(slot))).toEqual([
    {
      address: data(ADDRESS),
      storageChanges: [
        {
          key: word(7n),
          changes: [
            { index: '0x0', value: word(1n) },
            { index: '0x2', value: word(256n) },
          ],
        },
      ],
      storageReads: [data(bytes32(9))],
      balanceChanges: [{ index: '0x1', value: '0x0' }],
      nonceChanges: [{ index: '0x1', value: '0x5' }],
      codeChanges: [{ index: '0x3', code: '0xef01' }],
    },
    { address: data(bytes20(0xbb)), ...nothing },
  ])
})

test.each([[Uint8Array.of()], [RLP.encode([[ADDRESS]])], [RLP.encode([[bytes32(1), [], [], [], [], []]])]])(
  'what is no access list is refused (%#)',
  (rlp) => {
    expect(() => blockAccessListJson(rlp)).toThrow(MalformedObjectError)
  },
)
