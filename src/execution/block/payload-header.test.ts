/** Headers made from parts of real blocks; made-up payloads of every fork: `consensus/containers/block-payload.test.ts`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'
import { bytesToBigInt, bytesToHex, bytesToInt, hexToBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { beforeAll, expect, test } from 'vitest'
import { asHash, type Hex, type Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { describeWithData } from '../../testing/data.ts'
import {
  executionHeaderFromRlp,
  HeaderHashError,
  MAX_HEADER_BYTES,
  provePayload,
  type PayloadInBlock,
} from './payload-header.ts'
import { decodeRawBlock } from './raw-block.ts'

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

const SHANGHAI_FIELDS = 17
const NO_REQUESTS = bytesToHex(sha256(new Uint8Array()))

type Bytes = Uint8Array<ArrayBuffer>

/** Undefined before Shanghai, and where the block has requests: only their hash is in it. */
function payloadOf(rlp: Uint8Array): PayloadInBlock | undefined {
  const block = decodeRawBlock(rlp, keccak)
  const fields = RLP.decode(block.header.rlp) as Bytes[]
  const at = (index: number): Bytes => fields[index] ?? new Uint8Array()
  const requests = fields[20]
  if (fields.length < SHANGHAI_FIELDS || (requests !== undefined && bytesToHex(requests) !== NO_REQUESTS))
    return undefined
  return {
    parentBeaconBlockRoot: at(19),
    executionRequests: requests && [],
    payload: {
      parentHash: at(0),
      feeRecipient: at(2),
      stateRoot: at(3),
      receiptsRoot: at(5),
      logsBloom: at(6),
      blockNumber: number(at(8)),
      gasLimit: number(at(9)),
      gasUsed: number(at(10)),
      timestamp: number(at(11)),
      extraData: at(12),
      prevRandao: at(13),
      baseFeePerGas: bytesToBigInt(at(15)),
      blockHash: block.header.hash,
      transactions: block.transactions,
      withdrawals: (block.withdrawals ?? []).map((item) => {
        const [index, validatorIndex, address, amount] = RLP.decode(item) as [Bytes, Bytes, Bytes, Bytes]
        return {
          index: bytesToBigInt(index),
          validatorIndex: number(validatorIndex),
          address,
          amount: bytesToBigInt(amount),
        }
      }),
      blob: fields[17] && { gasUsed: number(at(17)), excessGas: bytesToBigInt(at(18)) },
      accessList: undefined,
    },
  }
}

const number = (bytes: Bytes): number => (bytes.length === 0 ? 0 : bytesToInt(bytes))

test('a header is taken for the hash that it has, and for no other', () => {
  const rlp = RLP.encode(Array.from({ length: 15 }, (_, i) => new Uint8Array(i === 0 || i === 3 ? 32 : 0)))
  expect(executionHeaderFromRlp(rlp, asHash(keccak(rlp)), keccak).number).toBe(0)
  expect(() => executionHeaderFromRlp(rlp, asHash(new Uint8Array(32)), keccak)).toThrow(HeaderHashError)
  const long = new Uint8Array(MAX_HEADER_BYTES + 1)
  expect(() => executionHeaderFromRlp(long, asHash(keccak(long)), keccak)).toThrow(/at most/)
})

describeWithData('real blocks of Cancun, Prague and Osaka', (data) => {
  test('make the header whose hash they have', () => {
    const folder = join(data, 'witness-blocks')
    const fieldCounts = new Set<number>()
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json.gz'))) {
      const { block } = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as { block: Hex }
      const payload = payloadOf(hexToBytes(block))
      if (payload !== undefined) fieldCounts.add(provePayload(payload, keccak).fieldCount)
    }
    expect([...fieldCounts].sort()).toEqual([20, 21])
  })
})
