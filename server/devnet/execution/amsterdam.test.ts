/** Blocks with access lists (EIP-7928), checked by EthereumJS's own verification: the builder and it share few lines. */
import { createBlockFromRLP } from '@ethereumjs/block'
import { createEVM } from '@ethereumjs/evm'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { ValueEncoding } from '@ethereumjs/util'
import { createVM, runBlock } from '@ethereumjs/vm'
import { expect, test } from 'vitest'
import { loadKzg } from '../../../src/execution/crypto/kzg.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { ExecutionBlock } from '../../execution/execution-source.ts'
import { grow, testChain, testNetwork, verified, type ForkSlots } from './execution-chain.fixtures.ts'
import type { ExecutionChain } from './execution-chain.ts'
import { ForkRules } from './fork-rules.ts'
import { StateOverlay } from './state-overlay.ts'

const FORKS: ForkSlots = { osaka: 0, amsterdam: 4 }

test('blocks of Amsterdam have slot numbers and access lists that execution leads to', async () => {
  const chain = await testChain({ forks: FORKS, gas: 2_000_000 })
  for (let slot = 1; slot < 16; slot++) {
    const parent = chain.local.head
    const { payload } = (await grow(chain, slot)).carried
    if (slot < 4) {
      expect(payload.accessList).toBeUndefined()
      expect(await verified(chain, FORKS, payload.blockHash)).toMatchObject({ kind: 'verified' })
      continue
    }
    expect(payload.accessList).toMatchObject({ slotNumber: slot })
    expect(chain.local.blockAccessList(payload.blockHash)).toEqual(payload.accessList!.rlp)
    await runAgain(chain, parent, chain.local.head)
  }
})

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
