/** What tests and benchmarks of speculation share: rounds of misses and answers over a state that is all there, and executions. */
import { executeBlock, type EarlierResults, type ExecutionJob, type ExecutionOutcome } from '../block/execute-block.ts'
import { prepareBlock } from '../block/prepare-block.ts'
import { verifyBlock } from '../block/verify-block.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { CodeCache } from '../remote/code-cache.ts'
import { hasNoCode } from '../state/account-entry.ts'
import type { StatelessBlock } from '../stateless-block.ts'
import { blockInput } from '../verify-stateless-block.ts'
import { CodeBag, NodeBag } from '../../state/content-bag.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import { HashedKeys } from '../../state/hashed-keys.ts'
import { StateTrie } from '../../state/state-trie.ts'
import { asHash } from '../../chain/bytes.ts'
import { ListedChanges } from './listed-changes.ts'
import { ListedSession } from './listed-session.ts'
import type { MissingValue } from './missing-values.ts'
import { ParentValues, type LearnedValue } from './parent-values.ts'
import type { Speculation, SpeculationOptions, SpeculationRound, SpeculativeStep } from './speculation.ts'
import { SpeculationSession } from './speculation-session.ts'
import type { TransactionResult } from './transaction-result.ts'

/** A block that can be executed again and again on the state it was recorded with. */
export interface RecordedBlock {
  readonly job: ExecutionJob
  /** The parent state anew, as execution changes it. */
  readonly openState: () => StateTrie
}

/** Verifies the block once, to have its job. @throws {Error} when it is not valid */
export async function recordedBlock(file: StatelessBlock): Promise<RecordedBlock> {
  const crypto = await loadWasmCrypto()
  const input = blockInput(file, undefined)
  if (input.kind === 'rejected') throw new Error(input.message)
  const nodes = NodeBag.from(file.nodes, crypto.keccak)
  const codes = CodeBag.from(file.codes, crypto.keccak)
  let recorded: RecordedBlock | undefined
  const verification = await verifyBlock(input.block, {
    crypto,
    engine: 'tuned',
    now: () => 0,
    spent: { decode: 0, hash: 0 },
    openState: (root) => {
      const trie = new StateTrie({ root, nodes, codes, keccak: crypto.keccak })
      return {
        reader: trie,
        applyWrites: async (writes) => trie.applyWrites(writes),
        root: () => trie.root(),
        nodesRead: () => 0,
      }
    },
    execute: (job, state) => {
      const root = asHash(input.block.preStateRoot)
      recorded = { job, openState: () => new StateTrie({ root, nodes, codes, keccak: crypto.keccak }) }
      return executeBlock(job, state, { crypto, now: () => 0 })
    },
  })
  if (verification.kind !== 'verified' || recorded === undefined)
    throw new Error(`block ${file.number}: ${JSON.stringify(verification)}`)
  return recorded
}

/** All of an outcome but how long it took and how it came about. */
export type Essence = Omit<ExecutionOutcome, 'ms' | 'adopted'>

export async function execution(
  { job, openState }: RecordedBlock,
  earlier: EarlierResults = new Map(),
): Promise<{ readonly essence: Essence; readonly adopted: readonly number[] }> {
  const trie = openState()
  const intermediateRoot = async (writes: Essence['writes']) => {
    trie.applyWrites(writes)
    return trie.root()
  }
  const tools = { crypto: await loadWasmCrypto(), now: () => 0 }
  const { ms: _ms, adopted, ...essence } = await executeBlock(job, { reader: trie, intermediateRoot }, tools, earlier)
  return { essence, adopted }
}

export async function openSession(
  job: ExecutionJob,
  together: readonly (readonly number[])[] = [],
): Promise<SpeculationSession> {
  const options = await knowingNothing()
  return SpeculationSession.open(await prepareBlock(job, options.crypto), { ...options, together })
}

/** @throws {Error} for what is no access list */
export async function openListedSession(job: ExecutionJob, accessList: Uint8Array): Promise<ListedSession> {
  const options = await knowingNothing()
  const { crypto } = options
  const changes = ListedChanges.decode(accessList, crypto.keccak)
  if (changes === undefined) throw new Error('the block access list is none')
  return ListedSession.open(await prepareBlock(job, crypto), options, changes)
}

async function knowingNothing(): Promise<SpeculationOptions> {
  const crypto = await loadWasmCrypto()
  const nothing = { accounts: new Map(), slots: new Map() }
  const values = new ParentValues(nothing, new HashedKeys(crypto.keccak))
  return { crypto, now: () => performance.now(), values, codes: new CodeCache(), earlier: nothing }
}

/** Undefined for what the state at hand cannot tell: runs on guesses stray from what was recorded. */
export async function answer(reader: FlatReader, value: MissingValue): Promise<LearnedValue | undefined> {
  try {
    switch (value.kind) {
      case 'account':
        return { ...value, value: await reader.account(value.address) }
      case 'storage':
        return { ...value, value: await reader.storage(value.address, value.slot) }
      case 'code': {
        const account = await reader.account(value.address)
        if (account === undefined || hasNoCode(account)) return undefined
        return { kind: 'code', codeHash: account.codeHash, bytes: await reader.code(account.codeHash, value.address) }
      }
    }
  } catch (error) {
    if (error instanceof DataFaultError) return undefined
    throw error
  }
}

export interface SpeculationRun {
  readonly rounds: number
  readonly runs: number
  /** Spent on runs. */
  readonly ms: number
  readonly results: Map<number, TransactionResult>
  /** Values that had to be fetched; those without an answer are not among them. */
  readonly learned: number
  readonly last: SpeculationRound
}

/**
 * Rounds until nothing more can be had.
 * @param pick which of the values that are missing are answered in a round; one at least
 */
export async function speculateToTheEnd(
  session: Speculation,
  reader: FlatReader,
  steps: readonly SpeculativeStep[],
  pick: (missing: readonly MissingValue[]) => readonly MissingValue[] = (missing) => missing,
): Promise<SpeculationRun> {
  const results = new Map<number, TransactionResult>()
  // Code that came before its account is there, and stays missing until the account names it.
  const asked = new Set<string>()
  const nameOf = (value: MissingValue): string => JSON.stringify(value)
  let runs = 0
  let ms = 0
  let learned = 0
  for (let rounds = 0; ; rounds++) {
    const round = await session.speculate(steps, 60_000)
    runs += round.runs
    ms += round.ms
    for (const result of round.complete) results.set(result.index, result)
    const open = round.missing.map(({ value }) => value).filter((value) => !asked.has(nameOf(value)))
    if (open.length === 0) return { rounds, runs, ms, results, learned, last: round }
    const values: LearnedValue[] = []
    for (const value of pick(open)) {
      const found = await answer(reader, value)
      asked.add(nameOf(value))
      if (found !== undefined) values.push(found)
    }
    learned += values.length
    session.learn(values)
  }
}
