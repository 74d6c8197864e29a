/**
 * Checks one block: header against parent, body against header, execution, and every root that the header commits to.
 * Where the state is and who executes are parameters: both in this thread for the command line, in workers for the client.
 */
import { createBlockHeaderFromRLP, type BlockHeader } from '@ethereumjs/block'
import { Hardfork, type Common } from '@ethereumjs/common'
import { bytesToHex, EthereumJSError } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { commonAt, ImpossiblePositionError, UnsupportedForkError } from '../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { MalformedValueError } from '../../state/account-codec.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import { MalformedNodeError } from '../../state/trie/malformed-node-error.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import { equalBytes } from '../words.ts'
import { linkAncestors, type Ancestors } from './ancestors.ts'
import { blobGasOf } from './blob-gas.ts'
import { bodyMismatch } from './body-roots.ts'
import { checkBlockBytes, checkBodySize } from './body-size.ts'
import { checkClaims, ContradictionError, type BlockClaims } from './claims.ts'
import { InvalidBlockError, type ExecutionJob, type ExecutionOutcome, type ExecutionState } from './execute-block.ts'
import { checkAgainstParent, checkAlone, checkBlobGasUsed, headerFieldCount, isProofOfStake } from './header-rules.ts'
import { orderedRoot } from './ordered-root.ts'
import { BlockEncodingError, decodeRawBlock, decodeRawHeader, type RawBlock, type RawHeader } from './raw-block.ts'
import { checkUncles, type UncleCheck } from './uncles.ts'
import type { Mismatch, MismatchField, Unchecked, Verification } from './verification.ts'

export interface BlockInput {
  readonly network: ExecutionNetwork
  readonly block: Uint8Array
  /** What the block is said to be; a block that is another is a mismatch. */
  readonly blockHash: Hash
  /** Header bags, among which the parent is looked for. */
  readonly headers: readonly Uint8Array[]
  /** Ancestors' hashes taken as given where `headers` does not reach. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  /** Where no parent header says it: the state root to start from, taken as given. */
  readonly preStateRoot: Hash
  /** What else the source says; left out where it says nothing more. */
  readonly claims?: BlockClaims
  /** Uncles that the blocks before included (UNCLE_MEMORY of them); where it is left out, a second counting goes unnoticed. */
  readonly includedUncles?: readonly Hash[]
}

/** The parent state, open for one block. */
export interface OpenState {
  readonly reader: FlatReader
  applyWrites(writes: StateWrites): Promise<void>
  root(): Hash
  /** Trie nodes read so far. */
  nodesRead(): number
}

export interface VerifierTools {
  readonly crypto: WasmCrypto
  readonly openState: (root: Hash) => OpenState
  readonly execute: (job: ExecutionJob, state: ExecutionState) => Promise<ExecutionOutcome>
  readonly engine: ExecutionJob['engine']
  /** Milliseconds, for stage times only. */
  readonly now: () => number
  /** What the caller spent before: on reading the input, and on hashing nodes. */
  readonly spent: { readonly decode: number; readonly hash: number }
}

/** Never throws for what the input says; only for defects of this program or of its surroundings. */
export async function verifyBlock(input: BlockInput, tools: VerifierTools): Promise<Verification> {
  try {
    return await verify(input, tools)
  } catch (error) {
    if (error instanceof MismatchError) return { kind: 'mismatch', mismatch: error.mismatch }
    if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
    if (error instanceof InvalidBlockError) return { kind: 'rejected', code: error.code, message: error.message }
    if (error instanceof BlockEncodingError) return { kind: 'rejected', code: 'block-encoding', message: error.message }
    if (error instanceof UnsupportedForkError)
      return { kind: 'rejected', code: 'unsupported-fork', message: error.message }
    if (error instanceof ContradictionError)
      return { kind: 'rejected', code: 'inconsistent-file', message: error.message }
    if (error instanceof MalformedNodeError || error instanceof MalformedValueError)
      return { kind: 'rejected', code: 'malformed-state', message: error.message }
    throw error
  }
}

async function verify(input: BlockInput, tools: VerifierTools): Promise<Verification> {
  const { now, spent } = tools
  const start = now()
  const { keccak } = tools.crypto
  checkBlockBytes(input.block)
  const raw = decodeRawBlock(input.block, keccak)
  expectBytes('blockHash', input.blockHash, raw.header.hash)
  if (raw.header.number === 0)
    throw new InvalidBlockError('invalid-block', 'a genesis block is given by the network, not verified')
  const ancestors = linkAncestors(
    raw.header,
    input.headers.map((header) => decodeRawHeader(header, keccak)),
    input.blockHashes,
  )
  const header = decodeHeader(raw.header, input.network, tools)
  checkHeader(header, raw, ancestors, input, tools)
  const uncles = checkUncleHeaders(raw, ancestors, input, tools)
  const decoded = now()

  const preStateRoot = ancestors.parent?.stateRoot ?? input.preStateRoot
  const state = tools.openState(preStateRoot)
  let hasIntermediateRoots = false
  const outcome = await tools.execute(executionJob(input, raw, ancestors, tools), {
    reader: state.reader,
    intermediateRoot: async (writes) => {
      hasIntermediateRoots = true
      await state.applyWrites(writes)
      return state.root()
    },
  })
  const executed = now()

  expectText('gasUsed', `${header.gasUsed}`, `${outcome.gasUsed}`)
  expectBytes('receiptsRoot', header.receiptTrie, orderedRoot(outcome.receipts, keccak))
  expectBytes('logsBloom', header.logsBloom, outcome.logsBloom)
  if (outcome.requestsHash !== undefined) expectBytes('requestsHash', header.requestsHash!, outcome.requestsHash)
  if (outcome.blockAccessList !== undefined)
    expectBytes('blockAccessListHash', header.blockAccessListHash!, keccak(outcome.blockAccessList))
  await state.applyWrites(outcome.writes)
  expectBytes('stateRoot', header.stateRoot, state.root())
  // Last: where the block itself is wrong, the field that is wrong says more.
  if (input.claims !== undefined) checkClaims(input.claims, { header: raw.header, preStateRoot }, keccak)
  const end = now()

  return {
    kind: 'verified',
    block: raw,
    ancestors,
    preStateRoot,
    notChecked: notChecked(header, ancestors, uncles),
    executed: { receipts: outcome.receipts, writes: hasIntermediateRoots ? undefined : outcome.writes },
    stats: {
      fork: forkName(header.common),
      transactions: raw.transactions.length,
      gasUsed: Number(outcome.gasUsed),
      nodes: state.nodesRead(),
      ms: {
        decode: spent.decode + (decoded - start),
        hash: spent.hash,
        senders: outcome.ms.senders,
        evm: outcome.ms.evm,
        root: end - executed,
        total: spent.decode + spent.hash + (end - start),
      },
    },
  }
}

/** A comparison that failed; only ever thrown and caught in this file. */
class MismatchError extends Error {
  constructor(readonly mismatch: Mismatch) {
    super(`${mismatch.field}: expected ${mismatch.expected}, got ${mismatch.actual}`)
  }
}

function decodeHeader(raw: RawHeader, network: ExecutionNetwork, { crypto }: VerifierTools): BlockHeader {
  const common: Common = byLibrary(() => commonAt(network, raw, crypto.customCrypto))
  const fields = headerFieldCount(common)
  // The library fills in what is missing.
  if (raw.fieldCount !== fields) {
    const problem = `a header of ${common.hardfork()} has ${fields} fields, this one has ${raw.fieldCount}`
    throw new InvalidBlockError('invalid-block', problem)
  }
  // Consensus rules are checked by name in header-rules.ts, so that a violation says which one it is.
  const header = byLibrary(() => createBlockHeaderFromRLP(raw.rlp, { common, skipConsensusFormatValidation: true }))
  // EthereumJS takes numbers with leading zeros, and has defaults where a fork's field is missing.
  if (!equalBytes(header.serialize(), raw.rlp)) {
    const message = `the header is not one of ${common.hardfork()}: a field is missing, too much, or not in its shortest form`
    throw new InvalidBlockError('invalid-block', message)
  }
  return header
}

/** What EthereumJS refuses of a header, and of its place in the network, is the block's fault and no defect of ours. */
function byLibrary<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EthereumJSError || error instanceof ImpossiblePositionError)
      throw new InvalidBlockError('invalid-block', error.message)
    throw error
  }
}

function checkHeader(
  header: BlockHeader,
  raw: RawBlock,
  ancestors: Ancestors,
  input: BlockInput,
  tools: VerifierTools,
): void {
  const { keccak } = tools.crypto
  expectNone(checkAlone(header))
  if (ancestors.parent !== undefined) {
    const parent = decodeHeader(ancestors.parent, input.network, tools)
    expectNone(byLibrary(() => checkAgainstParent(header, parent)))
  }
  checkBodySize(header, raw)
  checkWithdrawals(header, raw)
  const mismatch = bodyMismatch(raw, keccak)
  if (mismatch !== undefined) throw new MismatchError(mismatch)
  expectNone(checkBlobGasUsed(header, blobGasOf(raw.transactions)))
}

function checkWithdrawals(header: BlockHeader, raw: RawBlock): void {
  if (header.withdrawalsRoot === undefined) {
    if (raw.withdrawals === undefined) return
    throw new InvalidBlockError('invalid-block', 'the block has withdrawals, its header has no withdrawalsRoot')
  }
  if (raw.withdrawals === undefined)
    throw new InvalidBlockError('invalid-block', 'the block has no list of withdrawals')
}

function checkUncleHeaders(raw: RawBlock, ancestors: Ancestors, input: BlockInput, tools: VerifierTools): UncleCheck {
  const check = checkUncles({
    block: raw.header,
    uncles: raw.uncleHeaders,
    ancestors: ancestors.headers,
    included: input.includedUncles,
    headerProblem: (uncle, parent) => headerProblem(uncle, parent, input.network, tools),
  })
  if (check.kind === 'broken') throw new InvalidBlockError('invalid-block', check.problem)
  return check
}

function headerProblem(
  raw: RawHeader,
  rawParent: RawHeader | undefined,
  network: ExecutionNetwork,
  tools: VerifierTools,
): string | undefined {
  try {
    const header = decodeHeader(raw, network, tools)
    const parent = rawParent && decodeHeader(rawParent, network, tools)
    const mismatch = checkAlone(header) ?? (parent && byLibrary(() => checkAgainstParent(header, parent)))
    return mismatch && `${mismatch.field} should be ${mismatch.expected}, is ${mismatch.actual}`
  } catch (error) {
    if (error instanceof InvalidBlockError) return error.message
    throw error
  }
}

function executionJob(input: BlockInput, raw: RawBlock, ancestors: Ancestors, { engine }: VerifierTools): ExecutionJob {
  const { number, timestamp, difficulty } = raw.header
  return {
    network: input.network,
    block: input.block,
    position: { number, timestamp, difficulty },
    ancestors: ancestors.hashes,
    engine,
  }
}

/** EthereumJS's names, but for the first: everybody else says Frontier. */
function forkName(common: Common): string {
  return common.hardfork() === Hardfork.Chainstart ? 'frontier' : common.hardfork()
}

function notChecked(header: BlockHeader, ancestors: Ancestors, uncles: UncleCheck): Unchecked[] {
  const missing: Unchecked[] = []
  if (ancestors.parent === undefined) missing.push('parentHeader')
  if (ancestors.assumed.size > 0) missing.push('blockHashes')
  if (uncles.kind !== 'complete') missing.push('uncleHeaders')
  if (!isProofOfStake(header.common)) missing.push('proofOfWork')
  return missing
}

function expectNone(mismatch: Mismatch | undefined): void {
  if (mismatch !== undefined) throw new MismatchError(mismatch)
}

function expectBytes(field: MismatchField, expected: Uint8Array, actual: Uint8Array): void {
  if (equalBytes(expected, actual)) return
  throw new MismatchError({ field, expected: bytesToHex(expected), actual: bytesToHex(actual) })
}

function expectText(field: MismatchField, expected: string, actual: string): void {
  if (expected !== actual) throw new MismatchError({ field, expected, actual })
}
