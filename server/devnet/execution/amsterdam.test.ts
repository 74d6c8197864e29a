/** Blocks of Amsterdam, as EthereumJS builds them: it verifies them again, and so does the client, with either of its engines. */
import { createBlockFromRLP } from '@ethereumjs/block'
import { createEVM } from '@ethereumjs/evm'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { bytesToHex, ValueEncoding } from '@ethereumjs/util'
import { createVM, runBlock } from '@ethereumjs/vm'
import { beforeAll, describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../../src/chain/bytes.ts'
import { loadKzg } from '../../../src/execution/crypto/kzg.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { StatelessBlock } from '../../../src/execution/stateless-block.ts'
import { verifyStatelessBlock } from '../../../src/execution/verify-stateless-block.ts'
import type { ExecutionBlock } from '../../execution/execution-source.ts'
import { grow, statelessFile, testChain, testNetwork, verified, type ForkSlots } from './execution-chain.fixtures.ts'
import type { ExecutionChain } from './execution-chain.ts'
import { ForkRules } from './fork-rules.ts'
import { StateOverlay } from './state-overlay.ts'

const FIRST_SLOT = 4
const FORKS: ForkSlots = { osaka: 0, amsterdam: FIRST_SLOT }
const LAST_SLOT = 33
/** Some transactions of each kind in 30 blocks; few, as each block is executed four times. */
const OPTIONS = { forks: FORKS, accounts: 1000, gas: 450_000 }

test('30 blocks: built and verified by EthereumJS, verified by both engines on their witnesses', async () => {
  const chain = await testChain(OPTIONS)
  const [types, outcomes] = [new Set<number>(), new Set<boolean>()]
  for (let slot = 1; slot <= LAST_SLOT; slot++) {
    const parent = chain.local.head
    const { payload } = (await grow(chain, slot)).carried
    const fork = slot < FIRST_SLOT ? 'osaka' : 'amsterdam'
    for (const engine of ['tuned', 'stock'] as const) {
      const verification = await verified(chain, FORKS, payload.blockHash, engine)
      expect(verification, `slot ${slot}, ${engine}`).toMatchObject({
        kind: 'verified',
        notChecked: [],
        stats: { fork },
      })
    }
    if (slot < FIRST_SLOT) expect(payload.accessList).toBeUndefined()
    else {
      expect(payload.accessList).toMatchObject({ slotNumber: slot })
      expect(chain.local.blockAccessList(payload.blockHash)).toEqual(payload.accessList!.rlp)
      await runAgain(chain, parent, chain.local.head)
      for (const transaction of payload.transactions) types.add(transaction[0]! >= 0xc0 ? 0 : transaction[0]!)
      for (const receipt of chain.local.receipts(payload.blockHash)!) outcomes.add(succeeded(receipt))
    }
  }
  expect([...types].sort()).toEqual([0, 1, 2, 3, 4])
  expect(outcomes.size).toBe(2)
})

describe('a spoiled block', () => {
  let file: StatelessBlock
  beforeAll(async () => {
    const chain = await testChain({ ...OPTIONS, forks: { amsterdam: 0 } })
    const { payload } = (await grow(chain, 1)).carried
    file = await statelessFile(chain, { amsterdam: 0 }, payload.blockHash)
  })

  async function outcome(change: (header: Uint8Array[]) => void): Promise<unknown> {
    const crypto = await loadWasmCrypto()
    return (
      await verifyStatelessBlock(
        withHeader(file, change, (rlp) => asHash(crypto.keccak(rlp))),
        { crypto },
      )
    ).verification
  }

  test('is verified as long as it is not spoiled', async () => {
    expect(await outcome(() => undefined)).toMatchObject({ kind: 'verified', notChecked: [] })
  })

  test('with the hash of another access list', async () => {
    const [expected, actual] = [new Uint8Array(32).fill(7), headerOf(file)[ACCESS_LIST_HASH]!]
    expect(await outcome((header) => (header[ACCESS_LIST_HASH] = expected))).toEqual({
      kind: 'mismatch',
      mismatch: { field: 'blockAccessListHash', expected: bytesToHex(expected), actual: bytesToHex(actual) },
    })
  })

  test('with other gas', async () => {
    const used = Buffer.from(headerOf(file)[GAS_USED]!)
    used[used.length - 1]! ^= 1
    expect(await outcome((header) => (header[GAS_USED] = used))).toMatchObject({
      kind: 'mismatch',
      mismatch: { field: 'gasUsed' },
    })
  })

  test('with another slot, whose block is another', async () => {
    const { block } = withHeader(
      file,
      (header) => (header[SLOT_NUMBER] = Uint8Array.of(9)),
      () => file.blockHash,
    )
    const { verification } = await verifyStatelessBlock({ ...file, block }, { crypto: await loadWasmCrypto() })
    expect(verification).toMatchObject({ kind: 'mismatch', mismatch: { field: 'blockHash' } })
  })

  test('with a slot past 2^64', async () => {
    expect(await outcome((header) => (header[SLOT_NUMBER] = new Uint8Array(9).fill(1)))).toMatchObject({
      kind: 'mismatch',
      mismatch: { field: 'header.slotNumber', expected: 'at most 18446744073709551615' },
    })
  })

  test.each([
    ['without its slot', 22],
    ['without access list and slot', 21],
  ])('%s', async (_, fields) => {
    expect(await outcome((header) => (header.length = fields))).toMatchObject({
      kind: 'rejected',
      code: 'invalid-block',
      message: `a header of amsterdam has 23 fields, this one has ${fields}`,
    })
  })

  test('with a field more', async () => {
    expect(await outcome((header) => void header.push(Uint8Array.of(1)))).toMatchObject({ kind: 'rejected' })
  })
})

const GAS_USED = 10
const ACCESS_LIST_HASH = 21
const SLOT_NUMBER = 22

const headerOf = ({ block }: StatelessBlock): Uint8Array[] => (RLP.decode(block) as unknown as [Uint8Array[]])[0]

/** What the header's place in a chain asks for stays as it is. */
function withHeader(
  file: StatelessBlock,
  change: (header: Uint8Array[]) => void,
  hashOf: (header: Uint8Array) => Hash,
): StatelessBlock {
  const [header, ...rest] = RLP.decode(file.block) as unknown as [Uint8Array[], ...Uint8Array[]]
  change(header)
  return { ...file, block: RLP.encode([header, ...rest]), blockHash: hashOf(RLP.encode(header)) }
}

/** A typed receipt has its type before the list, whose first item is the status. */
function succeeded(receipt: Uint8Array): boolean {
  const list = RLP.decode(receipt[0]! >= 0xc0 ? receipt : receipt.subarray(1)) as Uint8Array[]
  return list[0]!.length === 1
}

/** Compares receipts, bloom, gas, requests, state root and access list with what the block says; throws where they differ. */
async function runAgain(
  chain: ExecutionChain,
  parent: ExecutionBlock,
  { number, timestamp, ...block }: ExecutionBlock,
) {
  const { customCrypto } = await loadWasmCrypto()
  const rules = new ForkRules(testNetwork(FORKS), { ...customCrypto, kzg: await loadKzg() })
  const common = rules.at({ number, timestamp, difficulty: 0n })
  const db = new StateOverlay(chain.local.state)
  const trie = new MerklePatriciaTrie({
    ...{ db, common, root: parent.stateRoot, useKeyHashing: true, valueEncoding: ValueEncoding.Bytes },
  })
  const stateManager = new MerkleStateManager({ common, trie, caches: new Caches() })
  const blockchain = {
    getBlock: async (ancestor: number) => ({ hash: () => chain.local.blockByNumber(ancestor)!.hash }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  const vm = await createVM({ common, stateManager, evm: await createEVM({ common, stateManager, blockchain }) })
  const result = await runBlock(vm, {
    block: createBlockFromRLP(block.rlp, { common }),
    blockAccessList: chain.local.blockAccessList(block.hash)!,
    // They ask a whole EthereumJS blockchain for the parent.
    skipHeaderValidation: true,
    skipBlockValidation: true,
  })
  expect(result.stateRoot).toEqual(block.stateRoot)
}
