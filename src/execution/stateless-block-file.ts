/** Writes the file format `stateless-block/1`, which stateless-block.ts reads. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Hex, Keccak } from '../chain/bytes.ts'
import { NETWORK_NAMES } from '../chain/network.ts'
import { equalBytes } from './words.ts'
import { decodeRawBlock, decodeRawHeader } from './block/raw-block.ts'

/** A block and what executes it. */
export interface StatelessContent {
  readonly network: string
  readonly chainId: number
  /** A geth genesis "config" object, for networks that are not built in: without it nobody knows their rules. */
  readonly config?: object | undefined
  /** RLP. */
  readonly block: Uint8Array
  /** RLP of the parent's header and of ancestors before it, in any order. */
  readonly headers: readonly Uint8Array[]
  /** Ancestors' hashes, taken as given where `headers` does not reach back to them. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
  /** What was read and written, where that is known. */
  readonly keys?: readonly { readonly address: AddressBytes; readonly slots: readonly Hash[] }[] | undefined
  /** Where it came from, for people. */
  readonly source?: object | undefined
}

/** JSON values only. */
export type StatelessBlockJson = Readonly<Record<string, unknown>>

/** The bytes are no stateless block: a state cannot be named without the parent's header. */
export class MissingParentError extends Error {
  override name = 'MissingParentError'
}

/** @throws {BlockEncodingError} for a block or a header that is none @throws {MissingParentError} */
export function writeStatelessBlock(content: StatelessContent, keccak: Keccak): StatelessBlockJson {
  const { header } = decodeRawBlock(content.block, keccak)
  const ancestors = content.headers.map((rlp) => decodeRawHeader(rlp, keccak))
  const parent = ancestors.find(({ hash }) => equalBytes(hash, header.parentHash))
  if (parent === undefined) throw new MissingParentError(`no header of ${bytesToHex(header.parentHash)}, the parent`)
  const { network, chainId, config, keys, source } = content
  return {
    format: 'stateless-block/1',
    ...(source !== undefined && { source }),
    network,
    chainId,
    ...(config !== undefined && !NETWORK_NAMES.includes(network) && { config }),
    number: header.number,
    blockHash: bytesToHex(header.hash),
    parentHash: bytesToHex(header.parentHash),
    preStateRoot: bytesToHex(parent.stateRoot),
    postStateRoot: bytesToHex(header.stateRoot),
    block: bytesToHex(content.block),
    parentHeader: bytesToHex(parent.rlp),
    headers: ancestors.map(({ rlp }) => bytesToHex(rlp)),
    blockHashes: Object.fromEntries(
      Array.from(content.blockHashes, ([number, hash]) => [`${number}`, bytesToHex(hash)]),
    ),
    state: content.nodes.map(toHex),
    codes: content.codes.map(toHex),
    ...(keys !== undefined && {
      accounts: keys.map(({ address, slots }) => ({ address: bytesToHex(address), slots: slots.map(toHex) })),
    }),
  }
}

function toHex(bytes: Uint8Array): Hex {
  return bytesToHex(bytes)
}
