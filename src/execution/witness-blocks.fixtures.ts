/** Real blocks, and ways to spoil them. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { asHash } from '../chain/bytes.ts'
import { loadWasmCrypto } from './crypto/wasm-crypto.ts'
import { readStatelessBlock, type StatelessBlock } from './stateless-block.ts'
import { verifyStatelessBlock, type StatelessOptions, type StatelessResult } from './verify-stateless-block.ts'

/** In the order of a header's list. */
export const HEADER_FIELDS = [
  'parentHash',
  'unclesHash',
  'coinbase',
  'stateRoot',
  'transactionsRoot',
  'receiptsRoot',
  'logsBloom',
  'difficulty',
  'number',
  'gasLimit',
  'gasUsed',
  'timestamp',
  'extraData',
  'mixHash',
  'nonce',
  'baseFeePerGas',
  'withdrawalsRoot',
  'blobGasUsed',
  'excessBlobGas',
  'parentBeaconBlockRoot',
  'requestsHash',
] as const
export type HeaderField = (typeof HEADER_FIELDS)[number]

export async function witnessFiles(data: string): Promise<string[]> {
  return (await readdir(join(data, 'witness-blocks'))).filter((name) => name.endsWith('.json.gz')).sort()
}

/** The file's bytes as they are; `name` without its endings. */
export async function witnessFile(data: string, name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(data, 'witness-blocks', `${name}.json.gz`)))
}

export async function witnessBlock(data: string, name: string): Promise<StatelessBlock> {
  return readStatelessBlock(await witnessFile(data, name))
}

/** The file's JSON, to be spoiled. */
export async function witnessJson(data: string, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(gunzipSync(await witnessFile(data, name)).toString('utf8')) as Record<string, unknown>
}

export async function verified(
  file: StatelessBlock,
  options: Omit<StatelessOptions, 'crypto'> = {},
): Promise<StatelessResult> {
  return verifyStatelessBlock(file, { crypto: await loadWasmCrypto(), ...options })
}

type Parts = [
  header: Uint8Array[],
  transactions: NestedUint8Array,
  uncles: NestedUint8Array,
  ...withdrawals: NestedUint8Array[],
]

export function partsOf(file: StatelessBlock): Parts {
  return RLP.decode(file.block) as unknown as Parts
}

/** The file with another block, named by its right hash: what a source that lies consistently would send. */
export async function withParts(file: StatelessBlock, change: (parts: Parts) => void): Promise<StatelessBlock> {
  const { keccak } = await loadWasmCrypto()
  const parts = partsOf(file)
  change(parts)
  return { ...file, block: RLP.encode(parts), blockHash: asHash(keccak(RLP.encode(parts[0]))) }
}

export function headerField(file: StatelessBlock, name: HeaderField): Uint8Array {
  return partsOf(file)[0][HEADER_FIELDS.indexOf(name)]!
}

/** As {@link withParts}, with one field of the header changed. */
export function withHeaderField(
  file: StatelessBlock,
  name: HeaderField,
  change: (value: Uint8Array) => Uint8Array,
): Promise<StatelessBlock> {
  return withParts(file, ([header]) => {
    const index = HEADER_FIELDS.indexOf(name)
    header[index] = change(header[index]!)
  })
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice()
  flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}
