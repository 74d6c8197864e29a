import { verifyMerkleRangeProof } from '@ethereumjs/mpt'
import { hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../src/chain/bytes.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { UnknownBlockError } from './chain-store.ts'
import { SubmitError, UnavailableError, type ExecutionNews } from './execution-source.ts'
import { SERVED_STATES } from './held-chain.ts'
import { UnfitBlockError } from './read-block.ts'
import { madeUpBlock, madeUpChain } from './made-up-chain.fixtures.ts'
import { accountEdit, addressOf, shownLeaf, slotOf, wholeState, type AccountEdit } from './state/state.fixtures.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto
const FIRST = asHash(new Uint8Array(32))
const LAST = asHash(new Uint8Array(32).fill(0xff))

function write(account: number, balance: number): AccountEdit {
  return { account, edit: { kind: 'write', balance, code: 1, storage: 'kept', slots: [[balance % 10, 1]] } }
}

const GENESIS = Array.from({ length: 12 }, (_, account) => write(account, 1))

describe('a chain held here', () => {
  test('serves the states of its last 128 blocks, and says so', () => {
    const { execution, grow } = madeUpChain(GENESIS, crypto)
    const blocks = [execution.head]
    for (let number = 1; number <= 600; number++) {
      const block = grow([write(number % 12, number % 7), write(3, number)])
      execution.setHead({ head: block.hash })
      blocks.push(block)
    }
    const oldest = 600 - SERVED_STATES + 1
    const { serves } = execution.status()
    expect(serves).toMatchObject({ blocks: { from: 0 }, proofs: { from: oldest }, witness: { from: oldest } })
    for (const block of blocks.slice(oldest)) {
      const proof = execution.accountProof(block, addressOf(3), [slotOf(block.number % 10)])
      expect(proof).toMatchObject({ balance: BigInt(block.number), storage: [{ value: 1n }] })
      expect(keccak(execution.codeOf(block, addressOf(3)))).toEqual(proof.codeHash)
    }
    const old = blocks[oldest - 1]!
    expect(() => execution.accountProof(old, addressOf(3), [])).toThrow(UnavailableError)
    expect(() => execution.codeOf(old, addressOf(3))).toThrow(UnavailableError)
    expect(() => execution.paths(old.stateRoot, [])).toThrow(UnavailableError)
    expect(execution.size.states).toBeLessThanOrEqual(256)
  })

  test('moves to another branch and back, and tells which blocks count', () => {
    const { execution, grow } = madeUpChain(GENESIS, crypto)
    const news: ExecutionNews[] = []
    const deaf = execution.listen((item) => news.push(item))
    const genesis = execution.head
    const a1 = grow([write(1, 2)])
    const a2 = grow([write(1, 3)], a1)
    const b1 = grow([write(1, 4)], genesis)
    execution.setHead({ head: a2.hash, safe: a1.hash })
    execution.setHead({ head: b1.hash })
    deaf()
    execution.setHead({ head: a1.hash, finalized: genesis.hash })
    expect(news).toEqual([
      { kind: 'head', head: a2, added: [a1, a2], removed: [] },
      { kind: 'head', head: b1, added: [b1], removed: [a2, a1] },
    ])
    expect(execution.blockByNumber(1)).toEqual(a1)
    expect(execution.blockByNumber(2)).toBeUndefined()
    expect(execution.blockByHash(a2.hash)).toEqual(a2)
    expect(execution.status()).toMatchObject({ head: a1, safe: a1, finalized: genesis })
    // The states of other branches are there as long as ordinary ones are.
    expect(execution.accountProof(a2, addressOf(1), []).balance).toBe(3n)
  })

  test('a branch that leaves before the oldest state cannot become canonical', () => {
    const { execution, grow } = madeUpChain(GENESIS, crypto)
    const side = grow([write(1, 9)])
    for (let number = 1; number <= 300; number++) {
      const block = grow([write(2, number)], execution.head)
      execution.setHead({ head: block.hash })
    }
    const { head } = execution
    expect(() => execution.setHead({ head: side.hash })).toThrow(UnknownBlockError)
    expect(execution.head).toBe(head)
    expect(() => grow([write(1, 1)], side)).toThrow()
  })

  test('refuses blocks that are not what they say, and keeps nothing of them', () => {
    const { execution } = madeUpChain(GENESIS, crypto)
    const { hash, stateRoot } = execution.head
    const nothing = { nodes: execution.state, codes: execution.state }
    const orphan = madeUpBlock({ parent: LAST, number: 1, stateRoot }, crypto)
    expect(() => execution.accept({ rlp: orphan.rlp, receipts: [], ...nothing })).toThrow(UnknownBlockError)
    const far = madeUpBlock({ parent: hash, number: 7, stateRoot }, crypto)
    expect(() => execution.accept({ rlp: far.rlp, receipts: [], ...nothing })).toThrow(UnfitBlockError)
    const fit = madeUpBlock({ parent: hash, number: 1, stateRoot }, crypto)
    expect(() => execution.accept({ rlp: fit.rlp, receipts: [Uint8Array.of(1)], ...nothing })).toThrow(UnfitBlockError)
    const accessList = Uint8Array.of(0xc0)
    expect(() => execution.accept({ rlp: fit.rlp, receipts: [], accessList, ...nothing })).toThrow(UnfitBlockError)
    expect(execution.blockByHash(fit.hash)).toBeUndefined()
    expect(execution.accept({ rlp: fit.rlp, receipts: [], ...nothing })).toEqual(fit)
  })

  test('serves an invalid block, and no state after it', () => {
    const { execution } = madeUpChain(GENESIS, crypto)
    const invalid = madeUpBlock({ parent: execution.head.hash, number: 1, stateRoot: LAST }, crypto)
    execution.acceptInvalid({ rlp: invalid.rlp, receipts: [] })
    execution.setHead({ head: invalid.hash })
    expect(execution.blockByNumber(1)).toEqual(invalid)
    expect(() => execution.accountProof(invalid, addressOf(1), [])).toThrow(UnavailableError)
  })

  test('hands transactions to the pool, or has none to hand them to', async () => {
    const hash = asHash(keccak(Uint8Array.of(1)))
    const pool = { submit: (bytes: Uint8Array) => (bytes.length > 0 ? hash : refuse()), nextNonce: () => 7n }
    const { execution } = madeUpChain(GENESIS, crypto, { pool })
    const news: ExecutionNews[] = []
    execution.listen((item) => news.push(item))
    await expect(execution.submit(Uint8Array.of(1))).resolves.toEqual(hash)
    await expect(execution.submit(new Uint8Array(0))).rejects.toThrow(SubmitError)
    expect(news).toEqual([{ kind: 'pending', hash }])
    expect(execution.pendingNonce(addressOf(1))).toBe(7n)
    expect(madeUpChain(GENESIS, crypto).execution.pendingNonce(addressOf(1))).toBe(0n)
    await expect(madeUpChain(GENESIS, crypto).execution.submit(Uint8Array.of(1))).rejects.toThrow(UnavailableError)
  })
})

function refuse(): never {
  throw new SubmitError('no transaction')
}

describe('ranges', () => {
  const blocks = fc.array(fc.array(accountEdit, { minLength: 1, maxLength: 6 }), { maxLength: 8 })
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(asHash)

  test('are the leaves of any state held, and proven by their edges', async () => {
    await fc.assert(
      fc.asyncProperty(
        blocks,
        fc.nat(),
        fc.oneof(fc.constant(FIRST), key),
        fc.nat(400),
        async (edits, at, origin, maxBytes) => {
          const { execution, grow } = madeUpChain(GENESIS, crypto)
          const held = [execution.head]
          for (const edit of edits) {
            held.push(grow(edit))
            execution.setHead({ head: held.at(-1)!.hash })
          }
          const { stateRoot } = held[at % held.length]!
          const whole = wholeState(stateRoot, execution.state)
          const request = { stateRoot, account: undefined, origin, limit: LAST, maxBytes }
          const { leaves, proof } = execution.range(request)
          const expected = whole.accounts.filter((leaf) => !(leaf < shownLeaf(origin, new Uint8Array(0))))
          const shown = leaves.map((leaf) => shownLeaf(leaf.key, leaf.value))
          expect(shown).toEqual(expected.slice(0, leaves.length))
          expect(leaves.length > 0 || expected.length === 0).toBe(true)
          await expectProven(stateRoot, origin, leaves, proof, expected.length > leaves.length)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('of a storage go on to the first key at or after the limit', async () => {
    const slots = Array.from({ length: 10 }, (_, slot) => [slot, 1] as const)
    const full: AccountEdit = { account: 5, edit: { kind: 'write', balance: 1, code: 0, storage: 'kept', slots } }
    const { execution, grow } = madeUpChain(GENESIS, crypto)
    const { stateRoot, hash } = grow([full])
    execution.setHead({ head: hash })
    const account = asHash(keccak(addressOf(5)))
    const all = execution.range({ stateRoot, account, origin: FIRST, limit: LAST, maxBytes: 10_000 })
    expect(all.leaves).toHaveLength(10)
    expect(all.proof).toEqual([])
    const limit = before(all.leaves[3]!.key)
    const part = execution.range({ stateRoot, account, origin: all.leaves[1]!.key, limit, maxBytes: 10_000 })
    expect(part.leaves).toEqual(all.leaves.slice(1, 4))
    expect(part.proof.length).toBeGreaterThan(0)
    const none = { stateRoot, account: asHash(keccak(Uint8Array.of(1))), origin: FIRST, limit: LAST, maxBytes: 1 }
    expect(execution.range(none)).toEqual({ leaves: [], proof: [] })
  })
})

/** EthereumJS's own check of range proofs, the judge. */
async function expectProven(
  root: Hash,
  origin: Hash,
  leaves: readonly { readonly key: Hash; readonly value: Uint8Array }[],
  proof: readonly Uint8Array[],
  more: boolean,
): Promise<void> {
  const keys = leaves.map((leaf) => leaf.key)
  const values = leaves.map((leaf) => leaf.value)
  if (proof.length === 0) {
    expect(await verifyMerkleRangeProof(root, null, null, keys, values, null)).toBe(false)
    return
  }
  if (leaves.length === 0) return
  expect(await verifyMerkleRangeProof(root, origin, keys.at(-1)!, keys, values, [...proof])).toBe(more)
}

function before(key: Hash): Hash {
  return asHash(
    hexToBytes(`0x${(BigInt('0x' + Buffer.from(key).toString('hex')) - 1n).toString(16).padStart(64, '0')}`),
  )
}
