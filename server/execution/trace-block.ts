/** Executes a block on nodes at hand, checks it against its header, and tells what it read and what it made. */
import { bytesToUnprefixedHex, unprefixedHexToBytes } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../src/chain/bytes.ts'
import { linkAncestors } from '../../src/execution/block/ancestors.ts'
import {
  executeBlock,
  InvalidBlockError,
  type ExecutionJob,
  type ExecutionOutcome,
  type ExecutionState,
} from '../../src/execution/block/execute-block.ts'
import {
  BlockEncodingError,
  decodeRawBlock,
  decodeRawHeader,
  type RawBlock,
} from '../../src/execution/block/raw-block.ts'
import type { Verification } from '../../src/execution/block/verification.ts'
import {
  verifyBlock,
  type BlockInput,
  type OpenState,
  type VerifierTools,
} from '../../src/execution/block/verify-block.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { describeFault } from '../../src/state/data-fault.ts'
import type { FlatReader } from '../../src/state/flat-reader.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../../src/state/recording-source.ts'
import { StateTrie, type StateCommit } from '../../src/state/state-trie.ts'
import type { StateWrites } from '../../src/state/state-writes.ts'
import type { HashedBytes, NodeSource } from '../../src/state/trie/node-source.ts'

export interface TouchedKeys {
  readonly address: AddressBytes
  readonly slots: readonly Hash[]
}

export interface TracedBlock {
  readonly block: RawBlock
  /** As in the receipts trie. */
  readonly receipts: readonly Uint8Array[]
  /** What executing it and counting its root took, each once. */
  readonly read: { readonly nodes: readonly HashedBytes[]; readonly codes: readonly HashedBytes[] }
  /** Ancestors whose hashes it read (BLOCKHASH), by number. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  /** Read or written, in the order of first touch. */
  readonly keys: readonly TouchedKeys[]
  /** Nodes and codes that the state after it has and the one before has not, and its root. */
  readonly made: StateCommit
}

/** The block did not come to what its header says, or could not be executed. */
export class BlockTraceError extends Error {
  override name = 'BlockTraceError'
  /** The message without the block's number. */
  readonly problem: string

  constructor(
    /** Undefined where the block is no block at all. */
    readonly number: number | undefined,
    readonly verification: Exclude<Verification, { readonly kind: 'verified' }>,
  ) {
    const problem = whatWentWrong(verification)
    super(`${number === undefined ? 'the block' : `block ${number}`}: ${problem}`)
    this.problem = problem
  }
}

/** What verifying a block read, whatever came of it. */
export interface VerificationTrace {
  readonly verification: Verification
  readonly read: TracedBlock['read']
  readonly blockHashes: ReadonlyMap<number, Hash>
  readonly keys: readonly TouchedKeys[]
  /** Undefined where it did not come to execution. */
  readonly trie: StateTrie | undefined
  readonly outcome: ExecutionOutcome | undefined
}

export interface TraceTools {
  readonly crypto: WasmCrypto
  /** Put between execution and the state; default: nothing. */
  readonly around?: (reader: FlatReader) => FlatReader
  /**
   * Where a comparison fails. `goOn`: the rest of what executing the block and counting its state root reads is noted too,
   * and the verification stays what it is. Default: `stop`.
   */
  readonly onMismatch?: 'stop' | 'goOn'
}

/** @param state holds all that the block needs of its parent's state @throws {BlockTraceError} */
export async function traceBlock(
  input: BlockInput,
  state: { readonly nodes: NodeSource; readonly codes: CodeSource },
  tools: TraceTools,
): Promise<TracedBlock> {
  const { verification, trie, outcome, ...trace } = await traceVerification(input, state, tools)
  if (verification.kind !== 'verified') throw new BlockTraceError(numberOf(input.block, tools.crypto), verification)
  return { ...trace, block: verification.block, receipts: outcome!.receipts, made: trie!.commit() }
}

/**
 * Verifies a block and notes what that takes; a block that is wrong, or lacks state, is a result like any other.
 * @throws {DataFaultError} where going on after a mismatch lacks state
 */
export async function traceVerification(
  input: BlockInput,
  state: { readonly nodes: NodeSource; readonly codes: CodeSource },
  { crypto, around = (reader) => reader, onMismatch = 'stop' }: TraceTools,
): Promise<VerificationTrace> {
  const nodes = new RecordingNodeSource(state.nodes)
  const codes = new RecordingCodeSource(state.codes)
  const keys = new KeyRecord()
  const blockHashes = new Map<number, Hash>()
  const now = () => performance.now()
  let outcome: ExecutionOutcome | undefined
  let trie: StateTrie | undefined
  let opened: OpenState | undefined
  const open = (root: Hash): OpenState => {
    trie = new StateTrie({ root, nodes, codes, keccak: crypto.keccak })
    return (opened = openState(trie, around(trie), keys))
  }
  const execute = async (job: ExecutionJob, from: ExecutionState): Promise<ExecutionOutcome> => {
    const ancestors = recorded(job.ancestors, blockHashes)
    return (outcome = await executeBlock({ ...job, ancestors }, from, { crypto, now }))
  }
  const tools = { crypto, engine: 'tuned', now, spent: { decode: 0, hash: 0 }, openState: open, execute } as const
  const verification = await verifyBlock(input, tools)
  if (onMismatch === 'goOn' && verification.kind === 'mismatch' && verification.mismatch.field !== 'stateRoot') {
    const from = opened ?? open(input.preStateRoot)
    const done = outcome ?? (await executeAnyway(input, from, tools))
    if (done !== undefined) {
      await from.applyWrites(done.writes)
      from.root()
    }
  }
  const read = { nodes: nodes.read(), codes: codes.read() }
  return { verification, read, blockHashes, keys: keys.list(), trie, outcome }
}

/** A block whose header breaks a rule, so that verification did not execute it. Undefined where that cannot be done. */
async function executeAnyway(
  { network, block, headers, blockHashes }: BlockInput,
  from: OpenState,
  { crypto, engine, execute }: Pick<VerifierTools, 'crypto' | 'engine' | 'execute'>,
): Promise<ExecutionOutcome | undefined> {
  const { header } = decodeRawBlock(block, crypto.keccak)
  const { number, timestamp, difficulty } = header
  const linked = linkAncestors(
    header,
    headers.map((rlp) => decodeRawHeader(rlp, crypto.keccak)),
    blockHashes,
  )
  const job = { network, block, position: { number, timestamp, difficulty }, ancestors: linked.hashes, engine }
  const intermediateRoot = async (writes: StateWrites): Promise<Hash> => {
    await from.applyWrites(writes)
    return from.root()
  }
  try {
    return await execute(job, { reader: from.reader, intermediateRoot })
  } catch (error) {
    if (error instanceof InvalidBlockError) return undefined
    throw error
  }
}

function openState(trie: StateTrie, reader: FlatReader, keys: KeyRecord): OpenState {
  return {
    reader: keys.around(reader),
    applyWrites: async (writes) => {
      keys.addWrites(writes)
      trie.applyWrites(writes)
    },
    root: () => trie.root(),
    nodesRead: () => 0,
  }
}

function numberOf(block: Uint8Array, { keccak }: WasmCrypto): number | undefined {
  try {
    return decodeRawBlock(block, keccak).header.number
  } catch (error) {
    if (error instanceof BlockEncodingError) return undefined
    throw error
  }
}

/** Always: an account is listed once, and each of its slots once. */
class KeyRecord {
  /** By address, unprefixed hex; slots the same way. */
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
      code: (codeHash, address) => reader.code(codeHash, address),
    }
  }

  addWrites({ accounts }: StateWrites): void {
    for (const [address, write] of accounts) {
      const slots = this.#of(address)
      if (write.kind === 'updated') for (const slot of write.storage.slots.keys()) slots.add(slot)
    }
  }

  list(): TouchedKeys[] {
    return Array.from(this.#slots, ([address, slots]) => ({
      address: asAddress(unprefixedHexToBytes(address)),
      slots: Array.from(slots, (slot) => asHash(unprefixedHexToBytes(slot))),
    }))
  }

  #of(address: string): Set<string> {
    let slots = this.#slots.get(address)
    if (slots === undefined) this.#slots.set(address, (slots = new Set()))
    return slots
  }
}

/** A map that notes what is looked up in it and found. */
function recorded(map: ReadonlyMap<number, Hash>, found: Map<number, Hash>): ReadonlyMap<number, Hash> {
  return {
    get(number) {
      const hash = map.get(number)
      if (hash !== undefined) found.set(number, hash)
      return hash
    },
    has: (number) => map.has(number),
    get size() {
      return map.size
    },
    forEach: (call) => map.forEach(call),
    entries: () => map.entries(),
    keys: () => map.keys(),
    values: () => map.values(),
    [Symbol.iterator]: () => map[Symbol.iterator](),
  }
}

/** For people, in one line. */
export function whatWentWrong(verification: Exclude<Verification, { readonly kind: 'verified' }>): string {
  switch (verification.kind) {
    case 'mismatch': {
      const { field, expected, actual } = verification.mismatch
      return `${field} should be ${expected}, is ${actual}`
    }
    case 'fault':
      return describeFault(verification.fault)
    case 'rejected':
      return verification.message
  }
}
