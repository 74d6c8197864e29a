/**
 * What executes a block, found by executing it: our own verification runs over the parent's state, and everything that
 * it reads is noted. So a witness has each node, code and header that verification needs, and none that it does not.
 */
import { bytesToUnprefixedHex, unprefixedHexToBytes } from '@ethereumjs/util'
import { asAddress, asHash, type AddressBytes, type Hash } from '../../src/chain/bytes.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import { executeBlock } from '../../src/execution/block/execute-block.ts'
import type { Verification } from '../../src/execution/block/verification.ts'
import { verifyBlock } from '../../src/execution/block/verify-block.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { describeFault } from '../../src/state/data-fault.ts'
import type { FlatReader, MaybePromise } from '../../src/state/flat-reader.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../../src/state/recording-source.ts'
import { StateTrie } from '../../src/state/state-trie.ts'
import type { StateWrites } from '../../src/state/state-writes.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { UnavailableError, type ExecutionBlock, type Witness } from './execution-source.ts'

export interface WitnessInput {
  readonly network: ExecutionNetwork
  readonly block: ExecutionBlock
  /** The parent first, as many as BLOCKHASH may reach. */
  readonly ancestors: readonly ExecutionBlock[]
  /** Of the parent's state. */
  readonly state: NodeSource & CodeSource
}

export interface WitnessTools {
  readonly crypto: WasmCrypto
  /** Milliseconds. */
  readonly now: () => number
  /** Lets everything else in this thread run; resolves when it is this one's turn again. */
  readonly yieldThread: () => Promise<void>
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
  const { crypto, now } = tools
  const [parent] = ancestors
  if (parent === undefined) throw new UnavailableError('the parent of the block is not held')
  const nodes = new RecordingNodeSource(state)
  const codes = new RecordingCodeSource(state)
  const keys = new RecordedKeys()
  const asked = new AskedAncestors()
  const verification = await verifyBlock(
    {
      network,
      block: block.rlp,
      blockHash: block.hash,
      headers: ancestors.slice(0, BLOCK_HASH_REACH).map(({ header }) => header),
      blockHashes: new Map(),
      preStateRoot: parent.stateRoot,
    },
    {
      crypto,
      engine: 'tuned',
      now,
      spent: { decode: 0, hash: 0 },
      openState: (root) => {
        const trie = new StateTrie({ root, nodes, codes, keccak: crypto.keccak })
        return {
          reader: keys.around(politely(trie, tools)),
          applyWrites: async (writes) => {
            keys.noteWrites(writes)
            trie.applyWrites(writes)
          },
          root: () => trie.root(),
          nodesRead: () => 0,
        }
      },
      execute: (job, from) => executeBlock({ ...job, ancestors: asked.around(job.ancestors) }, from, { crypto, now }),
    },
  )
  checkUse(block, verification)
  const reach = asked.oldest === undefined ? 1 : Math.max(1, block.number - 1 - asked.oldest)
  return {
    block,
    headers: ancestors
      .slice(0, reach)
      .map(({ header }) => header)
      .reverse(),
    nodes: nodes.read().map(({ bytes }) => bytes),
    codes: codes.read().map(({ bytes }) => bytes),
    blockHashes: new Map(),
    keys: keys.list(),
  }
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

/** Milliseconds of execution after which others get a turn: about half of what a frame or a quick answer may wait. */
const TURN_MS = 8

/** The same values; every few milliseconds one of them comes after others in this thread had their turn. */
function politely(reader: FlatReader, { now, yieldThread }: WitnessTools): FlatReader {
  let turnEnds = now() + TURN_MS
  const inTurn = <T>(read: () => MaybePromise<T>): MaybePromise<T> => {
    if (now() < turnEnds) return read()
    return yieldThread().then(() => {
      turnEnds = now() + TURN_MS
      return read()
    })
  }
  return {
    account: (address) => inTurn(() => reader.account(address)),
    storage: (address, slot) => inTurn(() => reader.storage(address, slot)),
    code: (hash, address) => inTurn(() => reader.code(hash, address)),
  }
}

/** Accounts and slots that were read or written. */
class RecordedKeys {
  /** Hexadecimal addresses to hexadecimal slots. */
  readonly #slots = new Map<string, Set<string>>()

  around(reader: FlatReader): FlatReader {
    return {
      account: (address) => {
        this.#of(bytesToUnprefixedHex(address))
        return reader.account(address)
      },
      storage: (address, slot) => {
        this.#of(bytesToUnprefixedHex(address)).add(bytesToUnprefixedHex(slot))
        return reader.storage(address, slot)
      },
      code: (hash, address) => reader.code(hash, address),
    }
  }

  /** A slot of an account that was without storage is written unread. */
  noteWrites({ accounts }: StateWrites): void {
    for (const [address, write] of accounts) {
      const slots = this.#of(address)
      if (write.kind === 'updated') for (const slot of write.storage.slots.keys()) slots.add(slot)
    }
  }

  list(): { readonly address: AddressBytes; readonly slots: readonly Hash[] }[] {
    return Array.from(this.#slots, ([address, slots]) => ({
      address: asAddress(unprefixedHexToBytes(address)),
      slots: Array.from(slots, (slot) => asHash(unprefixedHexToBytes(slot))),
    }))
  }

  #of(address: string): Set<string> {
    const known = this.#slots.get(address)
    if (known !== undefined) return known
    const slots = new Set<string>()
    this.#slots.set(address, slots)
    return slots
  }
}

/** Which ancestors BLOCKHASH asked for. */
class AskedAncestors {
  oldest: number | undefined

  around(hashes: ReadonlyMap<number, Hash>): ReadonlyMap<number, Hash> {
    return {
      size: hashes.size,
      get: (number) => {
        this.oldest = Math.min(number, this.oldest ?? number)
        return hashes.get(number)
      },
      has: (number) => hashes.has(number),
      forEach: (run) => hashes.forEach(run),
      entries: () => hashes.entries(),
      keys: () => hashes.keys(),
      values: () => hashes.values(),
      [Symbol.iterator]: () => hashes[Symbol.iterator](),
    }
  }
}
