/** Recorded blocks, traced: the traces say what the receipts say, and messages come to what transactions come to. */
import type { TypedTransaction } from '@ethereumjs/tx'
import { bytesToHex } from '@ethereumjs/util'
import { runTx } from '@ethereumjs/vm'
import { expect, test } from 'vitest'
import { asAddress, asHash, type Hash } from '../../../chain/bytes.ts'
import { describeWithData } from '../../../testing/data.ts'
import { createEngine, prepareBlock } from '../../block/prepare-block.ts'
import { callBeforeTransactions } from '../../block/system-calls.ts'
import { UNPACED } from '../../pace.ts'
import { EMPTY_TRIE_ROOT } from '../../state/account-entry.ts'
import { FlatState } from '../../state/flat-state.ts'
import { takeWrites } from '../../state/take-writes.ts'
import { bytesToWord } from '../../words.ts'
import { applyMessage } from '../apply-message.ts'
import { openBlock } from '../call-block.ts'
import { valuesOf } from '../block-values.ts'
import { messageOf, type TransactionCall } from '../transaction-call.ts'
import { tracedRecording } from './real-blocks.fixtures.ts'
import { traceBlock, type TraceBlockInput, type TransactionTrace } from './trace-block.ts'
import type { TraceConfig } from './trace-config.ts'
import type { Json } from './tracer.ts'

/** From Byzantium to Osaka. */
const BLOCKS = ['mainnet-4370000', 'mainnet-9069000', 'mainnet-19426587', 'holesky-2971846', 'hoodi-1265656']

const CALLS: TraceConfig = { kind: 'call', options: { calls: 'all', logs: 'told' } }

interface Frame {
  readonly gasUsed: string
  readonly error?: string
  readonly calls?: readonly Frame[]
  readonly logs?: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[]
}

describeWithData('recorded blocks, traced', (data) => {
  const inputOf = async (name: string): Promise<TraceBlockInput> => (await tracedRecording(data, name)).input

  test.each(BLOCKS)('messages of %s come to what its transactions come to', async (name) => {
    const input = await inputOf(name)
    const { job, crypto, reader } = input
    const traces = await traceBlock(input, CALLS)
    const prepared = await prepareBlock(job, crypto)
    const { header, transactions } = prepared.block
    expect(sum(traces.map(({ gasUsed }) => gasUsed))).toBe(header.gasUsed)

    const state = new FlatState(reader)
    const engine = await createEngine(prepared, state, async () => EMPTY_TRIE_ROOT, crypto)
    await callBeforeTransactions(engine)
    const hashOf = (number: number) => bytesToWord(job.ancestors.get(number)!)
    const block = openBlock({ network: job.network, crypto, pace: UNPACED }, valuesOf(header), hashOf)
    const setting = { baseFee: block.baseFee, chainId: block.rules.chainId, gasCap: header.gasLimit }
    for (const [index, tx] of transactions.entries()) {
      const message = messageOf(callOf(tx), setting)
      const applied = await applyMessage(block, state, message, { nonce: 'checked', fees: 'charged' })
      const trace = traces[index]!
      expect([index, BigInt(applied.gas.paid)]).toEqual([index, trace.gasUsed])
      const logs = applied.logs.map(([address, topics, bytes]) => ({
        address: bytesToHex(address),
        topics: topics.map((topic) => bytesToHex(topic)),
        data: bytesToHex(bytes),
      }))
      expect(logsOf(trace.result as unknown as Frame).map(withoutPosition)).toEqual(logs)
      expect((trace.result as unknown as Frame).error ?? '').toBe(applied.failure)
    }
    expect(takeWrites(state)).toEqual(await writesOf(input))
  })

  test.each(BLOCKS.slice(2))(
    'prestates of %s execute its transactions, and their differences lead on',
    async (name) => {
      const input = await inputOf(name)
      const options = { code: 'leftOut', storage: 'told', empty: 'told' } as const
      const before = await traceBlock(input, { kind: 'prestate', options: { mode: 'prestate', ...options } })
      const changes = await traceBlock(input, { kind: 'prestate', options: { mode: 'diff', ...options } })
      expect(before.map(({ hash }) => bytesToHex(hash))).toEqual(changes.map(({ hash }) => bytesToHex(hash)))
      // What a transaction leaves is what the next one that looks finds.
      const left = new Map<string, string>()
      for (const [index, { result }] of before.entries()) {
        const found = result as Accounts
        for (const [address, account] of Object.entries(found)) {
          for (const [slot, value] of Object.entries(account.storage ?? {}))
            expect(value).toBe(left.get(`${address} ${slot}`) ?? value)
          expect(account.balance).toBe(left.get(address) ?? account.balance)
        }
        noteChanges(changes[index]!, found, left)
      }
    },
  )

  async function writesOf({ job, crypto, reader }: TraceBlockInput) {
    const state = new FlatState(reader)
    const engine = await createEngine(await prepareBlock(job, crypto), state, async () => EMPTY_TRIE_ROOT, crypto)
    await callBeforeTransactions(engine)
    for (const tx of engine.block.transactions) await runTx(engine.vm, { tx, block: engine.block, blockGasUsed: 0n })
    return takeWrites(state)
  }
})

type Accounts = Record<string, { readonly balance?: string; readonly storage?: Record<string, string> }>

function noteChanges({ result }: TransactionTrace, found: Accounts, left: Map<string, string>): void {
  const { pre, post } = result as unknown as { readonly pre: Accounts; readonly post: Accounts }
  for (const [address, account] of Object.entries(post)) {
    if (account.balance !== undefined) left.set(address, account.balance)
    const slots = { ...account.storage }
    // A slot that is only in `pre` was emptied.
    for (const slot of Object.keys(pre[address]?.storage ?? {})) slots[slot] ??= bytesToHex(new Uint8Array(32))
    for (const [slot, value] of Object.entries(slots)) {
      expect(found[address]?.storage).toHaveProperty(slot)
      left.set(`${address} ${slot}`, value)
    }
  }
}

function logsOf({ logs = [], calls = [] }: Frame): NonNullable<Frame['logs']> {
  const all: NonNullable<Frame['logs']>[number][] = []
  const ordered = logs as readonly (NonNullable<Frame['logs']>[number] & { readonly position?: string })[]
  for (let at = 0; at <= calls.length; at++) {
    all.push(...ordered.filter(({ position }) => Number(position) === at))
    if (calls[at] !== undefined) all.push(...logsOf(calls[at]!))
  }
  return all
}

function withoutPosition({ address, topics, data }: NonNullable<Frame['logs']>[number]): Json {
  return { address, topics, data }
}

function callOf(tx: TypedTransaction): TransactionCall {
  const lists = tx as unknown as {
    readonly accessList?: readonly (readonly [Uint8Array, readonly Uint8Array[]])[]
    readonly blobVersionedHashes?: readonly `0x${string}`[]
    readonly authorizationList?: readonly Uint8Array[][]
    readonly maxFeePerGas?: bigint
    readonly maxPriorityFeePerGas?: bigint
    readonly maxFeePerBlobGas?: bigint
    readonly gasPrice?: bigint
  }
  const hash = (text: string): Hash => asHash(Uint8Array.from(Buffer.from(text.slice(2), 'hex')))
  return {
    from: asAddress(tx.getSenderAddress().bytes),
    to: tx.to && asAddress(tx.to.bytes),
    ...{ gas: tx.gasLimit, value: tx.value, nonce: tx.nonce, input: tx.data },
    ...(lists.maxFeePerGas === undefined && { gasPrice: lists.gasPrice }),
    ...{ maxFeePerGas: lists.maxFeePerGas, maxPriorityFeePerGas: lists.maxPriorityFeePerGas },
    maxFeePerBlobGas: lists.maxFeePerBlobGas,
    blobVersionedHashes: lists.blobVersionedHashes?.map(hash),
    accessList: lists.accessList?.map(([address, slots]) => ({
      address: asAddress(address),
      slots: slots.map((slot) => asHash(slot)),
    })),
    authorizationList: lists.authorizationList?.map(([chainId, address, nonce, yParity, r, s]) => ({
      ...{ chainId: bytesToWord(chainId!), address: asAddress(address!), nonce: bytesToWord(nonce!) },
      ...{ yParity: bytesToWord(yParity!), r: bytesToWord(r!), s: bytesToWord(s!) },
    })),
  }
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}
