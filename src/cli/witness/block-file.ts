/** Writes a block and what executes it as `stateless-block/1`. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { bytesToHex } from '@ethereumjs/util'
import type { Keccak } from '../../chain/bytes.ts'
import { decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import type { Gathered } from './gathered.ts'
import { WitnessError } from './witness-error.ts'

/** The chain as a file names it. */
export interface FileNetwork {
  readonly name: string
  readonly chainId: number
  /** A geth genesis "config" object; undefined for networks that are built in. */
  readonly config: unknown
}

export interface BlockFile {
  readonly network: FileNetwork
  readonly block: RawBlock
  readonly gathered: Gathered
  /** Where it is from, for people. */
  readonly source: string
}

/** The file is there whole or not at all. @throws {WitnessError} for headers that do not end with the parent's */
export async function writeBlockFile(path: string, file: BlockFile, keccak: Keccak): Promise<void> {
  const text = `${JSON.stringify(fileJson(file, keccak))}\n`
  const bytes = path.endsWith('.gz') ? await promisify(gzip)(text) : text
  const partial = `${path}.${process.pid}.partial`
  try {
    await writeFile(partial, bytes)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

function fileJson({ network, block, gathered, source }: BlockFile, keccak: Keccak): object {
  const { header } = block
  const rlp = gathered.headers.at(-1)
  const parent = rlp && decodeRawHeader(rlp, keccak)
  if (parent === undefined || !equalBytes(parent.hash, header.parentHash)) {
    throw new WitnessError(`${source} gave no header of the parent, ${bytesToHex(header.parentHash)}`)
  }
  return {
    format: 'stateless-block/1',
    source,
    network: network.name,
    chainId: network.chainId,
    ...(network.config !== undefined && { config: network.config }),
    number: header.number,
    blockHash: bytesToHex(header.hash),
    parentHash: bytesToHex(header.parentHash),
    preStateRoot: bytesToHex(parent.stateRoot),
    postStateRoot: bytesToHex(header.stateRoot),
    block: bytesToHex(block.rlp),
    parentHeader: bytesToHex(parent.rlp),
    headers: gathered.headers.slice(0, -1).map((one) => bytesToHex(one)),
    blockHashes: Object.fromEntries([...gathered.blockHashes].map(([number, hash]) => [number, bytesToHex(hash)])),
    state: gathered.nodes.map((node) => bytesToHex(node)),
    codes: gathered.codes.map((code) => bytesToHex(code)),
    ...(gathered.keys !== undefined && {
      accounts: gathered.keys.map(({ address, slots }) => ({
        address: bytesToHex(address),
        slots: slots.map((slot) => bytesToHex(slot)),
      })),
    }),
  }
}
