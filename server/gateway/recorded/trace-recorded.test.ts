/** Recorded blocks are traced as geth traces blocks: what each transaction found, in the order of the block. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBlockFromRLP } from '@ethereumjs/block'
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commonAt } from '../../../src/chain/execution-common.ts'
import { networkByName } from '../../../src/chain/network.ts'
import { decodeRawHeader } from '../../../src/execution/block/raw-block.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { NO_KZG } from '../../../src/network/on-demand/no-kzg.ts'
import { describeWithData } from '../../../src/testing/data.ts'
import type { ExecutionBlock, TransactionPrestate } from '../../execution/execution-source.ts'
import { createJsonRpc } from '../json-rpc/json-rpc.ts'
import { RecordedExecution } from './recorded-execution.ts'

/** Of Spurious Dragon, Paris (15,537,394 is the first) and Osaka. */
const BLOCKS = [2_675_002, 15_537_394, 24_628_608]

describeWithData('traces of recorded blocks', (data) => {
  const network = networkByName('mainnet')
  let crypto: WasmCrypto
  let folder: string
  let execution: RecordedExecution
  const traced = new Map<
    number,
    { readonly block: ExecutionBlock; readonly prestates: readonly TransactionPrestate[] }
  >()
  beforeAll(async () => {
    crypto = await loadWasmCrypto()
    folder = await mkdtemp(join(tmpdir(), 'beamtab-traces-'))
    for (const number of BLOCKS) {
      const name = `mainnet-${number}.json.gz`
      await copyFile(join(data, 'witness-blocks', name), join(folder, name))
    }
    execution = await RecordedExecution.open(folder, network, crypto)
    for (const { hash, number } of execution.blocks) {
      const prestates = await execution.prestates(hash)
      traced.set(number, { block: await execution.blockByHash(hash), prestates })
    }
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true }))

  async function ask(method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: { code: number } }> {
    const rpc = await createJsonRpc(execution)
    return JSON.parse((await rpc.handle(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })))!) as object
  }

  test.each(BLOCKS)(
    '%i: each transaction finds its sender with its nonce, and nothing outside the witness',
    async (number) => {
      const { block, prestates } = traced.get(number)!
      const { keys = [] } = await execution.witness(block.hash)
      const known = new Map(
        keys.map(({ address, slots }) => [bytesToHex(address), new Set(slots.map((s) => bytesToHex(s)))]),
      )
      const common = commonAt(network, decodeRawHeader(block.header, crypto.keccak), {
        ...crypto.customCrypto,
        kzg: NO_KZG,
      })
      const { transactions } = createBlockFromRLP(block.rlp, { common })
      expect(prestates.map(({ transaction }) => bytesToHex(transaction))).toEqual(
        transactions.map((tx) => bytesToHex(tx.hash())),
      )
      for (const [index, { accounts }] of prestates.entries()) {
        const tx = transactions[index]!
        const sender = accounts.find(({ address }) => bytesToHex(address) === tx.getSenderAddress().toString())
        expect(sender!.nonce).toBe(tx.nonce)
        expect(new Set(accounts.map(({ address }) => bytesToHex(address))).size).toBe(accounts.length)
        for (const { address, slots } of accounts) {
          const touched = known.get(bytesToHex(address))
          expect(touched).toBeDefined()
          // Storage of a contract that the block makes is nowhere in the parent state.
          for (const [slot, value] of slots) expect(touched!.has(bytesToHex(slot)) || value === 0n).toBe(true)
        }
      }
    },
  )

  test.each(BLOCKS)('%i: what the first transactions find is what the parent state holds', async (number) => {
    const { block, prestates } = traced.get(number)!
    const before = execution.headerByHash(block.parentHash)
    const touched = new Set<string>()
    for (const { accounts } of prestates.slice(0, 5)) {
      for (const { address, nonce, balance, slots } of accounts) {
        if (touched.has(bytesToHex(address))) continue
        touched.add(bytesToHex(address))
        const proof = await execution.accountProof(
          before,
          address,
          slots.map(([slot]) => slot),
        )
        expect([nonce, balance]).toEqual([proof.nonce, proof.balance])
        expect(slots.map(([, value]) => value)).toEqual(proof.storage.map(({ value }) => value))
      }
    }
    expect(touched.size).toBeGreaterThan(2)
  })

  test('later transactions find what earlier ones left', () => {
    const { prestates } = traced.get(24_628_608)!
    const nonces = new Map<string, bigint>()
    let repeated = 0
    for (const { accounts } of prestates) {
      for (const { address, nonce } of accounts) {
        const name = bytesToHex(address)
        const last = nonces.get(name)
        if (last !== undefined && nonce > last) repeated += 1
        expect(nonce).toBeGreaterThanOrEqual(last ?? 0n)
        nonces.set(name, nonce)
      }
    }
    expect(repeated).toBeGreaterThan(0)
  })

  test('as geth writes them: numbers, codes and storage that are none are left out', async () => {
    const { block, prestates } = traced.get(24_628_608)!
    const hash = bytesToHex(block.hash)
    type Told = {
      txHash: string
      result: Record<string, { balance?: string; nonce?: number; code?: string; storage?: object }>
    }[]
    const plain = (await ask('debug_traceBlockByHash', hash, { tracer: 'prestateTracer' })).result as Told
    expect(plain).toHaveLength(prestates.length)
    const accounts = plain.flatMap(({ result }) => Object.values(result))
    expect(accounts.every(({ balance }) => /^0x(0|[1-9a-f][0-9a-f]*)$/.test(balance!))).toBe(true)
    expect(accounts.some(({ code }) => code !== undefined)).toBe(true)
    expect(accounts.every(({ nonce, code }) => nonce !== 0 && code !== '0x')).toBe(true)
    const slots = accounts.flatMap(({ storage = {} }) => Object.entries(storage))
    expect(slots.every((entry) => entry.every((text) => /^0x[0-9a-f]{64}$/.test(text as string)))).toBe(true)

    const lean = { disableCode: true, disableStorage: true, includeEmpty: true }
    const byNumber = await ask('debug_traceBlockByNumber', `0x${block.number.toString(16)}`, {
      ...{ tracer: 'prestateTracer', tracerConfig: lean },
    })
    const all = (byNumber.result as Told).flatMap(({ result }) => Object.values(result))
    expect(all.length).toBeGreaterThan(accounts.length)
    expect(all.every(({ code, storage }) => code === undefined && storage === undefined)).toBe(true)
  }, 30_000)

  test.each<[what: string, code: number, parameters: readonly unknown[]]>([
    ['no tracer', -32602, []],
    ['another tracer', -32602, [{ tracer: 'callTracer' }]],
    ['differences', -32602, [{ tracer: 'prestateTracer', tracerConfig: { diffMode: true } }]],
    ['an option of another type', -32602, [{ tracer: 'prestateTracer', tracerConfig: { disableCode: 1 } }]],
  ])('%s is refused with the reason', async (_, code, parameters) => {
    const hash = bytesToHex(traced.get(24_628_608)!.block.hash)
    expect(await ask('debug_traceBlockByHash', hash, ...parameters)).toMatchObject({ error: { code } })
  })

  test('a block that was not recorded is unavailable', async () => {
    const tracer = { tracer: 'prestateTracer' }
    expect(await ask('debug_traceBlockByHash', `0x${'11'.repeat(32)}`, tracer)).toMatchObject({
      error: { code: -32002 },
    })
    expect(await ask('debug_traceBlockByNumber', '0x1772d3e', tracer)).toMatchObject({ error: { code: -32002 } })
  })
})
