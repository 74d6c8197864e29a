/** Checks of what callers hand in, shared by all stores: nothing is written unless it passes. */
import { bytesToHex } from '@ethereumjs/util'
import {
  DEFAULT_MAX_BYTES,
  MAX_ACCESS_PATTERNS_BYTES,
  MAX_ANCESTORS,
  MAX_BLOCK_BYTES,
  MAX_CONTENT_BYTES,
  MAX_HEADER_BYTES,
  MAX_LIGHT_CLIENT_BYTES,
  MAX_MARKS_BYTES,
  MAX_READ_HASHES,
  MAX_RECEIPTS_BYTES,
  MIN_MAX_BYTES,
  MAX_WITNESS_HASHES,
  MAX_WRITES,
} from './limits.ts'
import type {
  BlockRecord,
  Content,
  ExecutedBlock,
  StoreOptions,
  UnverifiedBootstrap,
  UnverifiedConflict,
  UnverifiedHeads,
  UnverifiedObject,
  UnverifiedUpdate,
} from './store.ts'
import { StoreError } from './store-error.ts'

const HASH_LENGTH = 32
const FORK_DIGEST_LENGTH = 4

/** Names of custom networks come from files; they end in database names and on screen. */
const NETWORK_NAME = /^[\w.-]{1,64}$/

/** @throws {StoreError} invalid-input */
export function checkStoreOptions({ network, maxBytes = DEFAULT_MAX_BYTES }: StoreOptions): void {
  if (!NETWORK_NAME.test(network)) {
    throw invalid(
      `the network's name is ${JSON.stringify(network)}, expected 1 to 64 of letters, digits, '.', '_', '-'`,
    )
  }
  if (!(maxBytes >= MIN_MAX_BYTES)) throw invalid(`maxBytes is ${maxBytes}, expected at least ${MIN_MAX_BYTES}`)
}

/** @throws {StoreError} invalid-input */
export function checkHashes(hashes: readonly Uint8Array[], what: string): void {
  if (hashes.length > MAX_READ_HASHES) {
    throw invalid(`${hashes.length} ${what} in one read, at most ${MAX_READ_HASHES}: ask in parts`)
  }
  hashes.forEach((hash, at) => checkLength(hash, HASH_LENGTH, `hash ${at} of ${what}`))
}

/** @throws {StoreError} invalid-input */
export function checkHash(hash: Uint8Array, what: string): void {
  checkLength(hash, HASH_LENGTH, what)
}

/** @throws {StoreError} invalid-input */
export function checkContents(contents: readonly Content[], what: string): void {
  contents.forEach(({ hash, bytes }, at) => {
    checkLength(hash, HASH_LENGTH, `hash ${at} of ${what}`)
    checkSize(bytes, MAX_CONTENT_BYTES, `${what} ${bytesToHex(hash)}`)
  })
}

/** @throws {StoreError} invalid-input */
export function checkHeader(rlp: Uint8Array): void {
  checkSize(rlp, MAX_HEADER_BYTES, 'a header')
  if (rlp.length === 0) throw invalid('a header has no bytes')
}

/**
 * Shape only; what the hashes say is checked where the record is encoded.
 * @throws {StoreError} invalid-input
 */
export function checkBlockRecord(record: BlockRecord, network: string): void {
  checkLength(record.hash, HASH_LENGTH, 'the block hash')
  const name = `block ${bytesToHex(record.hash)}`
  if (record.network !== network) {
    throw invalid(`${name} is of ${record.network}, this is the store of ${network}: open that network's store`)
  }
  checkSize(record.block, MAX_BLOCK_BYTES, name)
  if (record.parentHeader !== undefined) checkHeader(record.parentHeader)
  if (record.ancestors.length > MAX_ANCESTORS) {
    throw invalid(
      `${name} comes with ${record.ancestors.length} ancestor hashes, at most ${MAX_ANCESTORS} are reachable`,
    )
  }
  for (const { number, hash } of record.ancestors) {
    checkNumber(number, `the number of an ancestor of ${name}`)
    checkLength(hash, HASH_LENGTH, `the hash of ancestor ${number} of ${name}`)
  }
  for (const [what, hashes] of Object.entries(record.witness) as [string, readonly Uint8Array[]][]) {
    if (hashes.length > MAX_WITNESS_HASHES) {
      throw invalid(`the witness of ${name} names ${hashes.length} ${what}, at most ${MAX_WITNESS_HASHES}`)
    }
    hashes.forEach((hash) => checkLength(hash, HASH_LENGTH, `a hash among the ${what} of ${name}`))
  }
  if (record.executed !== undefined) checkExecuted(record.executed, name)
}

function checkExecuted({ receipts, writes }: ExecutedBlock, name: string): void {
  receipts.forEach((receipt, at) => checkBytes(receipt, `receipt ${at} of ${name}`))
  const bytes = receipts.reduce((sum, { length }) => sum + length, 0)
  if (bytes > MAX_RECEIPTS_BYTES)
    throw invalid(`the receipts of ${name} have ${bytes} bytes, at most ${MAX_RECEIPTS_BYTES} are stored`)
  let count = 0
  for (const write of writes?.accounts.values() ?? [])
    count += write.kind === 'deleted' ? 1 : 1 + write.storage.slots.size
  if (count > MAX_WRITES) throw invalid(`${name} writes ${count} accounts and slots, at most ${MAX_WRITES} are stored`)
}

/** @throws {StoreError} invalid-input */
export function checkImportMarks(marks: Uint8Array): void {
  checkSize(marks, MAX_MARKS_BYTES, 'what importing remembers')
}

/** @throws {StoreError} invalid-input */
export function checkAccessPatterns(patterns: Uint8Array): void {
  checkSize(patterns, MAX_ACCESS_PATTERNS_BYTES, 'what was learned of accesses')
}

/** @throws {StoreError} invalid-input */
export function checkBootstrap(bootstrap: UnverifiedBootstrap): void {
  checkLength(bootstrap.trustedRoot, HASH_LENGTH, "the bootstrap's trusted root")
  checkObject(bootstrap, 'the bootstrap')
}

/** @throws {StoreError} invalid-input */
export function checkUpdate(update: UnverifiedUpdate): void {
  checkPeriod(update.period)
  checkObject(update, `the update of period ${update.period}`)
}

/** @throws {StoreError} invalid-input */
export function checkHeads({ summary, finality, optimistic }: UnverifiedHeads): void {
  if (finality !== undefined) checkObject(finality, 'the finality update')
  checkObject(optimistic, 'the optimistic update')
  const { optimisticSlot, blockRoot, finalizedSlot, execution } = summary
  checkNumber(optimisticSlot, "the optimistic head's slot")
  checkLength(blockRoot, HASH_LENGTH, "the optimistic head's root")
  if (finalizedSlot !== undefined) checkNumber(finalizedSlot, 'the finalized slot')
  if (execution === undefined) return
  checkLength(execution.hash, HASH_LENGTH, "the execution block's hash")
  if (execution.number !== undefined) checkNumber(execution.number, "the execution block's number")
}

/** @throws {StoreError} invalid-input */
export function checkConflict({ known, other }: UnverifiedConflict): void {
  checkUpdate(known)
  checkUpdate(other)
}

/** @throws {StoreError} invalid-input */
export function checkPeriod(period: number): void {
  checkNumber(period, 'a period')
}

function checkObject({ forkDigest, ssz }: UnverifiedObject, what: string): void {
  checkLength(forkDigest, FORK_DIGEST_LENGTH, `the fork digest of ${what}`)
  checkSize(ssz, MAX_LIGHT_CLIENT_BYTES, what)
  if (ssz.length === 0) throw invalid(`${what} has no bytes`)
}

function checkNumber(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(`${what} is ${value}, expected a whole number from 0`)
}

function checkLength(bytes: Uint8Array, length: number, what: string): void {
  checkBytes(bytes, what)
  if (bytes.length !== length) throw invalid(`${what} is ${bytes.length} bytes long, expected ${length}`)
}

function checkSize(bytes: Uint8Array, most: number, what: string): void {
  checkBytes(bytes, what)
  if (bytes.length > most) throw invalid(`${what} is ${bytes.length} bytes long, at most ${most} are stored`)
}

/** Callers reach the store across threads, where types are a hope: a transferred array arrives empty, a hex string as is. */
function checkBytes(bytes: unknown, what: string): void {
  if (!(bytes instanceof Uint8Array)) throw invalid(`${what} is not a Uint8Array`)
}

function invalid(message: string): StoreError {
  return new StoreError('invalid-input', `${message}; nothing was stored`)
}
