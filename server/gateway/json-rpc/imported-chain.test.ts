/** What is computed and proven over a chain through every fork that this code executes. */
import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import { hexToBytes } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { equalBytes } from '../../../src/execution/words.ts'
import { commonAt } from '../../../src/chain/execution-common.ts'
import { decodeRawBlock } from '../../../src/execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { verifyStatelessBlock } from '../../../src/execution/verify-stateless-block.ts'
import { headerRlpFromJson } from '../../../src/network/execution/header-json.ts'
import { describeWithData } from '../../../src/testing/data.ts'
import type { ExecutionBlock } from '../../execution/execution-source.ts'
import type { LocalExecution } from '../../execution/local-execution.ts'
import { blobGasPrice, nextExcessBlobGas } from '../../../src/network/json-rpc/fees/blob-fees.ts'
import { nextBaseFee } from '../../../src/network/json-rpc/fees/base-fee.ts'
import { data, quantity } from '../../../src/network/json-rpc/hex.ts'
import { importTestChain } from './imported-chain.fixtures.ts'
import type { JsonRpc, JsonRpcOptions } from './json-rpc.ts'
import { createJsonRpc } from './json-rpc.ts'
import { decodeHeader } from '../../../src/network/json-rpc/objects/header.ts'
import { bytes32 } from './small-chain.fixtures.ts'

interface Witness {
  readonly state: `0x${string}`[]
  readonly codes: `0x${string}`[]
  readonly headers: unknown[]
  readonly keys?: `0x${string}`[] | null
}

interface ShownLog {
  readonly address: string
  readonly topics: readonly string[]
  readonly blockNumber: string
  readonly logIndex: string
}

describeWithData('over the imported chain', (folder) => {
  let chain: LocalExecution
  let crypto: WasmCrypto
  let rpc: JsonRpc
  let blocks: readonly ExecutionBlock[]
  beforeAll(async () => {
    crypto = await loadWasmCrypto()
    chain = await importTestChain(folder)
    rpc = await createJsonRpc(chain)
    blocks = Array.from({ length: chain.head.number + 1 }, (_, number) => chain.blockByNumber(number)!)
  })

  async function ask<T>(method: string, params: readonly unknown[], asked = rpc): Promise<T> {
    const answer = JSON.parse(
      (await asked.handle(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })))!,
    ) as object
    expect(answer).toHaveProperty('result')
    return (answer as { result: T }).result
  }

  test('headers come back from what is shown of blocks', async () => {
    for (const { number, header } of blocks) {
      const block = await ask<unknown>('eth_getBlockByNumber', [quantity(number), false])
      expect(headerRlpFromJson(block)).toEqual(header)
    }
  })

  test.each<[string, JsonRpcOptions, (header: unknown) => Uint8Array]>([
    ['rlp', {}, (header) => hexToBytes(header as `0x${string}`)],
    ['json', { witnessHeaders: 'json' }, headerRlpFromJson],
  ])('witnesses with headers as %s execute every block', async (form, options, headerOf) => {
    const rpc = await createJsonRpc(chain, options)
    for (const block of blocks.slice(1)) {
      const witness = await ask<Witness>('debug_executionWitness', [quantity(block.number)], rpc)
      expect(Array.isArray(witness.keys)).toBe(form === 'rlp')
      const parent = blocks[block.number - 1]!
      const { verification } = await verifyStatelessBlock(
        {
          network: chain.network.name,
          chainId: chain.network.chainId,
          config: undefined,
          number: block.number,
          blockHash: block.hash,
          parentHash: parent.hash,
          preStateRoot: parent.stateRoot,
          postStateRoot: block.stateRoot,
          block: block.rlp,
          parentHeader: parent.header,
          headers: witness.headers.map(headerOf),
          blockHashes: new Map(),
          nodes: witness.state.map(hexToBytes),
          codes: witness.codes.map(hexToBytes),
        },
        { crypto, network: chain.network },
      )
      expect([block.number, verification.kind]).toEqual([block.number, 'verified'])
    }
  })

  test('base fees are those of the next blocks', () => {
    for (const [number, block] of blocks.slice(1).entries()) {
      const expected = decodeHeader(block.header).baseFeePerGas
      expect(nextBaseFee(chain.network.execution, decodeHeader(blocks[number]!.header))).toBe(expected)
    }
  })

  test('blob fees are those of EthereumJS', () => {
    const schedule = chain.network.execution
    for (const { header, number, timestamp } of blocks) {
      const ours = decodeHeader(header)
      if (ours.blob === undefined) continue
      const common = commonAt(chain.network, { number, timestamp, difficulty: 0n })
      const theirs = createBlockHeaderFromRLP(header, { common })
      expect(nextExcessBlobGas(schedule, ours)).toBe(theirs.calcNextExcessBlobGas(common))
      expect(blobGasPrice(schedule, timestamp, ours.blob.excessGas)).toBe(theirs.getBlobGasPrice())
    }
  })

  test('filters find in one call what they find block by block, and all of it', async () => {
    const head = quantity(chain.head.number)
    const all = await ask<ShownLog[]>('eth_getLogs', [{ fromBlock: '0x0', toBlock: head }])
    const byBlock = await Promise.all(
      blocks.map(({ hash }) => ask<ShownLog[]>('eth_getLogs', [{ blockHash: data(hash) }])),
    )
    const inReceipts = await Promise.all(
      blocks.map(({ number }) => ask<{ logs: ShownLog[] }[]>('eth_getBlockReceipts', [quantity(number)])),
    )
    expect(all.length).toBeGreaterThan(50)
    expect(byBlock.flat()).toEqual(all)
    expect(inReceipts.flat().flatMap(({ logs }) => logs)).toEqual(all)
    const kinds = new Map(all.map(({ address, topics }) => [`${address} ${topics[0]}`, { address, topic: topics[0] }]))
    for (const { address, topic } of kinds.values()) {
      const topics = topic === undefined ? [] : [[data(bytes32(0)), topic]]
      const wanted = await ask<ShownLog[]>('eth_getLogs', [
        { fromBlock: 'earliest', toBlock: 'latest', address, topics },
      ])
      expect(wanted).toEqual(
        all.filter((log) => log.address === address && (topic === undefined || log.topics[0] === topic)),
      )
    }
  })

  test('transactions are found by hash, by place and within their blocks, and their bytes hash to their names', async () => {
    for (const block of blocks) {
      const whole = await ask<{ transactions: { hash: string }[] }>('eth_getBlockByHash', [data(block.hash), true])
      const raw = decodeRawBlock(block.rlp, crypto.keccak).transactions
      for (const [index, transaction] of whole.transactions.entries()) {
        const place = quantity(index)
        const byNumber = ask('eth_getTransactionByBlockNumberAndIndex', [quantity(block.number), place])
        const byHash = ask('eth_getTransactionByBlockHashAndIndex', [data(block.hash), place])
        expect(await Promise.all([byNumber, byHash, ask('eth_getTransactionByHash', [transaction.hash])])).toEqual(
          Array<unknown>(3).fill(transaction),
        )
        const bytes = hexToBytes(await ask<`0x${string}`>('debug_getRawTransaction', [transaction.hash]))
        expect(equalBytes(bytes, raw[index]!)).toBe(true)
        expect(data(crypto.keccak(bytes))).toBe(transaction.hash)
      }
    }
  })

  test('fees of the whole chain', async () => {
    const history = await ask<Record<string, unknown[]>>('eth_feeHistory', ['0x40', 'latest', [0, 50, 100]])
    const count = blocks.length
    expect(history).toMatchObject({ oldestBlock: '0x0' })
    expect(history['baseFeePerGas']).toHaveLength(count + 1)
    expect(history['baseFeePerGas']?.at(-1)).toBe(await ask('eth_baseFee', []))
    expect(history['baseFeePerBlobGas']).toHaveLength(count + 1)
    for (const name of ['gasUsedRatio', 'blobGasUsedRatio', 'reward']) expect(history[name]).toHaveLength(count)
    const part = await ask<Record<string, unknown[]>>('eth_feeHistory', [2, '0x10', []])
    expect(part).toMatchObject({ oldestBlock: '0xf', baseFeePerGas: history['baseFeePerGas']?.slice(15, 18) })
    expect(part).not.toHaveProperty('reward')
    expect(await ask('eth_feeHistory', ['0x0', 'latest', []])).toMatchObject({ gasUsedRatio: [] })
  })

  test('what may be asked, and how far back', async () => {
    expect(await ask('eth_capabilities', [])).toEqual({
      head: { number: quantity(chain.head.number), hash: data(chain.head.hash) },
      ...Object.fromEntries(
        ['state', 'tx', 'logs', 'receipts', 'blocks', 'stateproofs'].map((name) => [
          name,
          { disabled: false, oldestBlock: '0x0' },
        ]),
      ),
    })
  })
})
