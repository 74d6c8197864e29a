/**
 * What executes a block, found by executing it: our own verification runs over the parent's state, and everything that
 * it reads is noted. So a witness has each node, code and header that verification needs, and none that it does not.
 */
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import type { Verification } from '../../src/execution/block/verification.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { describeFault } from '../../src/state/data-fault.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { UnavailableError, type ExecutionBlock, type ExecutionHeader, type Witness } from './execution-source.ts'
import { politely, type Turns } from './polite-reader.ts'
import { traceVerification } from './trace-block.ts'

export interface WitnessInput {
  readonly network: ExecutionNetwork
  readonly block: ExecutionBlock
  /** The parent first, as many as BLOCKHASH may reach. */
  readonly ancestors: readonly ExecutionHeader[]
  /** Of the parent's state. */
  readonly state: NodeSource & CodeSource
}

export interface WitnessTools extends Turns {
  readonly crypto: WasmCrypto
}

/** BLOCKHASH's reach. */
export const BLOCK_HASH_REACH = 256

/**
 * Also of a block that turns out to be invalid: then it is what shows that. Gives the thread away every few milliseconds
 * where the block reads state.
 * @throws {UnavailableError} where the state is not held whole, or the fork's rules are not known here
 */
export async function makeWitness(input: WitnessInput, tools: WitnessTools): Promise<Witness> {
  const { network, block, ancestors, state } = input
  const [parent] = ancestors
  if (parent === undefined) throw new UnavailableError('the parent of the block is not held')
  const { verification, read, blockHashes, keys } = await traceVerification(
    {
      network,
      block: block.rlp,
      blockHash: block.hash,
      headers: ancestors.slice(0, BLOCK_HASH_REACH).map(({ header }) => header),
      blockHashes: new Map(),
      preStateRoot: parent.stateRoot,
    },
    { nodes: state, codes: state },
    { crypto: tools.crypto, around: (reader) => politely(reader, tools) },
  )
  checkUse(block, verification)
  return {
    block,
    headers: headersFor(block, blockHashes.keys(), ancestors),
    nodes: read.nodes.map(({ bytes }) => bytes),
    codes: read.codes.map(({ bytes }) => bytes),
    blockHashes: new Map(),
    keys,
  }
}

/** The parent's, and of those before it as many as link back to the oldest hash asked for; a block names its parent's. */
function headersFor(
  { number }: ExecutionBlock,
  asked: Iterable<number>,
  ancestors: readonly ExecutionHeader[],
): Uint8Array[] {
  const oldest = Math.min(number - 1, ...asked)
  const count = Math.max(1, number - 1 - oldest)
  return ancestors
    .slice(0, count)
    .map(({ header }) => header)
    .reverse()
}

/** What was read is a witness where verification came to a result of its own, good or bad. */
function checkUse({ number }: ExecutionBlock, verification: Verification): void {
  switch (verification.kind) {
    case 'verified':
    case 'mismatch':
      return
    case 'fault':
      throw new UnavailableError(`block ${number} cannot be executed here: ${describeFault(verification.fault)}`)
    case 'rejected':
      if (verification.code === 'invalid-block' || verification.code === 'invalid-transaction') return
      throw new UnavailableError(`block ${number} cannot be executed here: ${verification.message}`)
  }
}
