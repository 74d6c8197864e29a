/** The pool behind `eth_sendRawTransaction`, on a chain of its own. */
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import { bytesToHex, concatBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { asAddress } from '../../../../src/chain/bytes.ts'
import { loadWasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import { NO_KZG } from '../../../../src/network/on-demand/no-kzg.ts'
import { SubmitError } from '../../../execution/execution-source.ts'
import { DevnetAccounts, type Sender } from '../accounts.ts'
import { ANCESTORS } from '../contracts/contracts.ts'
import { ancestorsData } from '../contracts/probes.ts'
import {
  grow,
  requestOf,
  testChain,
  testNetwork,
  timeOfSlot,
  verified,
  type ForkSlots,
} from '../execution-chain.fixtures.ts'
import type { ExecutionChain } from '../execution-chain.ts'
import { ForkRules } from '../fork-rules.ts'
import { loadSigner } from '../signer.ts'
import { Pool } from './pool.ts'
import type { MadePayload } from '../../light-client/execution-payloads.ts'

const FORKS: ForkSlots = { prague: 0, osaka: 3 }
const GWEI = 10n ** 9n

let chain: ExecutionChain
let senders: readonly Sender[]
let rules: ForkRules

beforeEach(async () => {
  const { keccak, customCrypto } = await loadWasmCrypto()
  const signer = await loadSigner()
  // No workload: its senders are whose transactions these are.
  chain = await testChain({ forks: FORKS, accounts: 50, gas: 0 })
  senders = new DevnetAccounts('test', 50, keccak, signer).senders
  rules = new ForkRules(testNetwork(FORKS), { ...customCrypto, kzg: NO_KZG, ecsign: signer.ecsign })
})

function signed(fields: TypedTxData = {}, { secret }: Sender = senders[0]!, common = ownRules()): Uint8Array {
  const usual = { nonce: 0n, to: `0x${'aa'.repeat(20)}`, value: 1n, gasLimit: 21_000n, chainId: 1337n }
  const fees = fields.type === 0 ? {} : { maxFeePerGas: 4n * GWEI, maxPriorityFeePerGas: GWEI }
  return createTx({ type: 2, ...usual, ...fees, ...fields } as TypedTxData, { common })
    .sign(secret)
    .serialize()
}

const ownRules = (): Common => rules.at({ number: 1, timestamp: timeOfSlot(1), difficulty: 0n })
const submit = (fields?: TypedTxData, sender?: Sender) => chain.local.submit(signed(fields, sender))
const refusal = (bytes: Uint8Array) =>
  chain.local.submit(bytes).then(
    () => 'taken',
    (error: unknown) => {
      expect(error).toBeInstanceOf(SubmitError)
      return (error as Error).message
    },
  )
const includedHashes = async (slot: number): Promise<string[]> => {
  const { keccak } = await loadWasmCrypto()
  const { transactions, blockHash } = (await grow(chain, slot)).carried.payload
  expect(await verified(chain, FORKS, blockHash)).toMatchObject({ kind: 'verified' })
  return transactions.map((transaction) => bytesToHex(keccak(transaction)))
}

/** What another chain has of a block that it made. */
function held({ local }: ExecutionChain, { carried }: MadePayload) {
  const { blockHash } = carried.payload
  return { rlp: local.blockByHash(blockHash)!.rlp, receipts: local.receipts(blockHash)! }
}

test('what is taken is in the next block, by nonce and then by tip, and known until then', async () => {
  const later = await submit({ nonce: 1n })
  const first = await submit()
  const best = await submit({ maxPriorityFeePerGas: 2n * GWEI }, senders[1])
  const gap = await submit({ nonce: 1n }, senders[2])
  expect(await refusal(signed())).toBe('already known')
  expect(await includedHashes(1)).toEqual([best, first, later].map(bytesToHex))
  expect(await refusal(signed())).toBe('nonce too low: next nonce 2, tx nonce 0')
  const filling = await submit({}, senders[2])
  expect(await includedHashes(2)).toEqual([filling, gap].map(bytesToHex))
})

test('an empty block takes nothing, and what waits goes into one of another fork', async () => {
  const hash = await submit()
  expect((await grow(chain, 1, { fill: 'empty' })).carried.payload.transactions).toEqual([])
  expect(await includedHashes(4)).toEqual([bytesToHex(hash)])
})

test('where no blocks are made, those with blobs are taken too, under the hash that they have without', async () => {
  const { keccak } = await loadWasmCrypto()
  const { head, state } = chain.local
  const pool = new Pool({ rules, keccak, blobs: 'kept', head: () => head, state: () => state })
  const commitment = new Uint8Array(48).fill(1)
  const name = Uint8Array.from([1, ...sha256(commitment).subarray(1)])
  const alone = signed({ type: 3, blobVersionedHashes: [bytesToHex(name)], maxFeePerBlobGas: GWEI })
  const parts = [RLP.decode(alone.subarray(1)), [new Uint8Array(131_072)], [commitment], [new Uint8Array(48)]]
  const whole = concatBytes(Uint8Array.of(3), RLP.encode(parts))
  expect(pool.submit(whole)).toEqual(keccak(alone))
  expect(() => pool.submit(alone)).toThrow('missing sidecar')
})

test('all kinds of transactions are taken but those with blobs', async () => {
  const legacy = await submit({ type: 0, gasPrice: 2n * GWEI })
  const listed = await submit({ type: 1, nonce: 1n, gasPrice: 2n * GWEI, gasLimit: 30_000n })
  const created = await submit({ nonce: 2n, to: '', data: '0x60005ff3', gasLimit: 100_000n })
  expect(await includedHashes(1)).toEqual([legacy, listed, created].map(bytesToHex))
  for (const size of [1, 200_000]) {
    expect(await refusal(concatBytes(Uint8Array.of(3), new Uint8Array(size)))).toContain(
      'transaction type not supported',
    )
  }
})

test('a replacement pays a tenth more', async () => {
  await submit()
  const little = { maxFeePerGas: 5n * GWEI, maxPriorityFeePerGas: GWEI + 1n }
  expect(await refusal(signed(little))).toBe('replacement transaction underpriced')
  const enough = await submit({ maxFeePerGas: 5n * GWEI, maxPriorityFeePerGas: (11n * GWEI) / 10n })
  expect(await includedHashes(1)).toEqual([bytesToHex(enough)])
})

test('one whose fee is below the base fee waits', async () => {
  await submit({ maxFeePerGas: 1n, maxPriorityFeePerGas: 1n })
  expect(await includedHashes(1)).toEqual([])
})

test.each<[string, TypedTxData, string]>([
  ['with too little gas', { gasLimit: 20_999n }, 'intrinsic gas too low: gas 20999, minimum needed 21000'],
  ['with more gas than one may have', { gasLimit: 2n ** 24n + 1n }, 'transaction gas limit too high'],
  [
    'with too little gas for its data',
    { data: new Uint8Array(1_000).fill(1), gasLimit: 40_000n },
    'insufficient gas for floor data gas cost: gas 40000, minimum needed 61000',
  ],
  ['that nobody can pay', { value: 10n ** 25n }, 'insufficient funds for gas * price + value: balance'],
  ['of 128 KiB', { data: new Uint8Array(130 * 1024), gasLimit: 16_000_000n }, 'oversized data'],
])('one %s is refused', async (_, fields, message) => {
  expect(await refusal(signed(fields))).toContain(message)
})

test('transactions of other chains, and of none, are refused', async () => {
  const mainnet = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
  const message = 'invalid chain id for signer: have 1 want 1337'
  expect(await refusal(signed({ chainId: 1n }, senders[0], mainnet))).toBe(message)
  const legacy = { type: 0, gasPrice: 2n * GWEI } as const
  expect(await refusal(signed({ ...legacy, chainId: 1n }, senders[0], mainnet))).toBe(message)
  const old = new Common({ chain: Mainnet, hardfork: Hardfork.Homestead })
  const unprotected = createTx({ ...legacy, gasLimit: 21_000n, to: `0x${'aa'.repeat(20)}` }, { common: old })
  expect(await refusal(unprotected.sign(senders[0]!.secret).serialize())).toContain('only replay-protected')
})

test('senders without money or with too many transactions are refused', async () => {
  const pauper = { secret: new Uint8Array(32).fill(9), address: senders[0]!.address }
  expect(await refusal(signed({}, pauper))).toContain('insufficient funds')
  for (let nonce = 0n; nonce < 16n; nonce++) await submit({ nonce })
  expect(await refusal(signed({ nonce: 16n }))).toBe('account limit exceeded')
})

test('a full pool takes only what pays more than its worst', async () => {
  const { keccak } = await loadWasmCrypto()
  const secret = new Uint8Array(32).fill(9)
  const newcomer: Sender = { secret, address: (await loadSigner()).addressOf(secret, keccak) }
  await submit({ to: bytesToHex(newcomer.address), value: 10n ** 21n }, senders[0])
  await includedHashes(1)
  // 256 senders with 16 each are all that it holds.
  for (const sender of senders) {
    const start = sender === senders[0] ? 1n : 0n
    for (let nonce = start; nonce < start + 16n; nonce++) await submit({ nonce }, sender)
  }
  expect(await refusal(signed({}, newcomer))).toBe('transaction underpriced: txpool is full')
  const better = bytesToHex(await submit({ maxPriorityFeePerGas: GWEI + 1n }, newcomer))
  expect((await includedHashes(2))[0]).toBe(better)
})

test('the nonce to send next comes after those that wait without a gap', async () => {
  const next = () => chain.local.pendingNonce(senders[0]!.address)
  expect(next()).toBe(0n)
  await submit()
  await submit({ nonce: 2n })
  expect(next()).toBe(1n)
  await submit({ nonce: 1n })
  expect(next()).toBe(3n)
  expect(await includedHashes(1)).toHaveLength(3)
  expect([next(), chain.local.pendingNonce(asAddress(new Uint8Array(20).fill(5)))]).toEqual([3n, 0n])
})

test('what a reorganization leaves behind comes back, once, and what the other branch has does not', async () => {
  const genesis = chain.local.head.hash
  const [lost, common] = [await submit(), await submit({}, senders[1])]
  expect(await includedHashes(1)).toHaveLength(2)
  await submit({ nonce: 1n })
  expect(await includedHashes(2)).toHaveLength(1)
  expect(chain.local.pendingNonce(senders[0]!.address)).toBe(2n)
  // Another branch, with one of the transactions in its first block.
  const other = await testChain({ forks: FORKS, accounts: 50, gas: 0 })
  await other.local.submit(signed({}, senders[1]))
  const block = await other.make(requestOf(other, 3, { parentHash: genesis }))
  chain.local.accept({ ...held(other, block), nodes: other.local.state, codes: other.local.state })
  chain.local.setHead({ head: block.carried.payload.blockHash })
  expect(chain.local.locateTransaction(common)?.index).toBe(0)
  expect(chain.local.pendingNonce(senders[0]!.address)).toBe(2n)
  expect(await refusal(signed())).toBe('already known')
  expect(await includedHashes(4)).toEqual([bytesToHex(lost), expect.any(String)])
  expect(await includedHashes(5)).toEqual([])
})

test('large transactions fill the pool before many do', async () => {
  const large = { data: new Uint8Array(130_000), gasLimit: 1_400_000n }
  const [newcomer, ...others] = senders
  const outcomes: string[] = []
  for (const sender of others.slice(0, 17)) {
    for (let nonce = 0n; nonce < 16n; nonce++) outcomes.push(await refusal(signed({ ...large, nonce }, sender)))
  }
  // 32 MiB.
  expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(257)
  expect(outcomes.at(-1)).toBe('transaction underpriced: txpool is full')
  await submit({ ...large, maxPriorityFeePerGas: 2n * GWEI }, newcomer)
  const waiting = others.map(({ address }) => chain.local.pendingNonce(address))
  expect(waiting.reduce((sum, count) => sum + count, 0n)).toBeLessThan(257n)
})

test('what a sender cannot pay any more is dropped', async () => {
  const almostAll = 10n ** 24n - 10n ** 20n
  const rich = await submit({ value: almostAll })
  await submit({ nonce: 1n, value: 10n ** 21n })
  expect(await includedHashes(1)).toEqual([bytesToHex(rich)])
  expect(await includedHashes(2)).toEqual([])
  // Its nonce is free again, for any price.
  const cheap = await submit({ nonce: 1n, maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: 1n })
  expect(await includedHashes(3)).toEqual([bytesToHex(cheap)])
})

test('a look back before the genesis block costs the transaction, not the chain', async () => {
  const genesis = { number: 1000, timestamp: timeOfSlot(0) }
  chain = await testChain({ forks: FORKS, accounts: 50, gas: 0, genesis })
  const data = ancestorsData([5])
  await submit({ to: bytesToHex(ANCESTORS), data, gasLimit: 100_000n, maxPriorityFeePerGas: 2n * GWEI })
  const other = await submit({}, senders[1])
  expect(await includedHashes(1)).toEqual([bytesToHex(other)])
  expect(await includedHashes(2)).toEqual([])
})

test('bytes that are no transaction are refused, and nothing else happens', async () => {
  const real = signed()
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .tuple(fc.nat(real.length - 1), fc.nat(255))
          .map(([at, byte]) => real.map((old, i) => (i === at ? byte : old))),
        fc.nat(real.length - 1).map((length) => real.subarray(0, length)),
      ),
      async (bytes) => {
        if (bytesToHex(bytes) === bytesToHex(real)) return
        // A change can give another sender, who has no money; none gives the one whose signature it was.
        expect(await refusal(bytes)).not.toBe('taken')
      },
    ),
    { numRuns: 300 },
  )
})
