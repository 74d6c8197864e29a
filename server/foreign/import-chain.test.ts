/** A chain of another's making comes in whole, under the hash that its makers published, or not at all. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asRoot } from '../../src/chain/bytes.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { provePayload } from '../../src/execution/block/payload-header.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { verifyStatelessBlock } from '../../src/execution/verify-stateless-block.ts'
import { describeWithData } from '../../src/testing/data.ts'
import type { LocalExecution } from '../execution/local-execution.ts'
import { blockPayload } from './block-payload.ts'
import { readChainFile, splitBlocks } from './chain-file.ts'
import { readGenesisFile, type GenesisFile } from './genesis-file.ts'
import { importChain } from './import-chain.ts'

let crypto: WasmCrypto
beforeAll(async () => {
  crypto = await loadWasmCrypto()
})

describeWithData('a chain through every fork from Frontier to Osaka', (data) => {
  const folder = join(data, 'chains/execution-apis-tests')
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>
  const genesisFile = (): GenesisFile => readGenesisFile(json('genesis.json'))
  const run = (blocks: AsyncIterable<Uint8Array>, genesis = genesisFile()) =>
    importChain({ genesis, blocks, crypto, clock: systemClock })

  async function allBlocks(): Promise<Uint8Array[]> {
    const blocks: Uint8Array[] = []
    for await (const block of splitBlocks(readChainFile(join(folder, 'chain.rlp')))) blocks.push(block)
    return blocks
  }

  let chain: LocalExecution
  beforeAll(async () => {
    chain = await run(splitBlocks(readChainFile(join(folder, 'chain.rlp'))))
  }, 60_000)

  test('comes to the head that its makers name, which is final', async () => {
    const { params } = json('headfcu.json') as { params: [Record<string, string>] }
    const { head, safe, finalized } = chain.status()
    expect(bytesToHex(head.hash)).toBe(params[0]['headBlockHash'])
    expect(head.number).toBe(54)
    expect(safe).toBe(head)
    expect(finalized).toBe(head)
  })

  test('every block is verified from its witness', async () => {
    const { network } = chain
    for (let number = 1; number <= 54; number++) {
      const [parent, block] = [chain.blockByNumber(number - 1)!, chain.blockByNumber(number)!]
      const witness = (await chain.witness(block.hash))!
      const { headers, blockHashes, nodes, codes } = witness
      const file = {
        ...{ network: network.name, chainId: network.chainId, config: undefined, number },
        ...{ blockHash: block.hash, parentHash: parent.hash, block: block.rlp, parentHeader: parent.header },
        ...{ preStateRoot: parent.stateRoot, postStateRoot: block.stateRoot, headers, blockHashes, nodes, codes },
      }
      const { verification } = await verifyStatelessBlock(file, { crypto, network })
      expect([number, verification.kind]).toEqual([number, 'verified'])
    }
  }, 60_000)

  test('what a beacon block can carry of it makes the same block again, from Shanghai on', () => {
    const carried = Array.from({ length: 54 }, (_, i) => chain.blockByNumber(i + 1)!).map((block) => {
      const made = blockPayload(block, crypto.keccak)
      const parentBeaconBlockRoot = asRoot((RLP.decode(block.header) as Uint8Array[])[19] ?? new Uint8Array(32))
      if (made === undefined) return undefined
      expect(provePayload({ parentBeaconBlockRoot, ...made }, crypto.keccak).hash).toEqual(block.hash)
      return block.number
    })
    // Those of Prague and later that ask the beacon chain for something commit to what a block does not hold.
    expect(carried.slice(0, 38).every((number) => number === undefined)).toBe(true)
    expect(carried.filter((number) => number !== undefined).length).toBeGreaterThan(10)
    expect(carried.at(-1)).toBe(54)
  })

  test('an export that begins with the genesis block is the same chain', async () => {
    const [first] = await allBlocks()
    const again = await run(listed([chain.blockByNumber(0)!.rlp, first!]))
    expect(again.head.hash).toEqual(chain.blockByNumber(1)!.hash)
  })

  test('a chain without blocks is its genesis', async () => {
    expect((await run(listed([]))).head).toEqual(chain.blockByNumber(0))
  })

  test('a block that is missing, comes twice, or is of another chain is named', async () => {
    const blocks = await allBlocks()
    await expect(run(listed(blocks.toSpliced(2, 1)))).rejects.toThrow(
      /^block 4 has the parent 0x.*; before it .* block 2,/,
    )
    await expect(run(listed(blocks.toSpliced(2, 0, blocks[1]!)))).rejects.toThrow(/^block 2 has the parent/)
    const { accounts, ...genesis } = genesisFile()
    const other = run(listed(blocks), { ...genesis, accounts: accounts.slice(1) })
    await expect(other).rejects.toThrow(/^block 1, the chain file's first, has the parent .* state root 0x/)
  })

  test.each([
    ['state root', 3, 'stateRoot should be'],
    ['receipts root', 5, 'receiptsRoot should be'],
    ['gas', 10, 'gasUsed should be'],
    ['difficulty', 7, 'header.difficulty should be'],
  ])('a wrong %s is named with its block', async (_, field, problem) => {
    const blocks = await allBlocks()
    const parts = RLP.decode(blocks[1]) as [Uint8Array[], NestedUint8Array, NestedUint8Array]
    parts[0][field] = parts[0][field]!.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
    await expect(run(listed([blocks[0]!, RLP.encode(parts)]))).rejects.toThrow(new RegExp(`^block 2 .*: ${problem}`))
  })

  test('bytes that are no block are refused', async () => {
    await expect(run(listed([Uint8Array.of(0xc1, 0x80)]))).rejects.toThrow(/^block 1: the header should be a list/)
  })
})

async function* listed(blocks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* blocks
}
