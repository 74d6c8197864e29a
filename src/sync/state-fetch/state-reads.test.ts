/** What of a block's reads is counted as found here, while it reads on. */
import { expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { CodeBag, NodeBag } from '../../state/content-bag.ts'
import { EMPTY_CODE_HASH, StateTrie } from '../../state/state-trie.ts'
import type { AccountWrite } from '../../state/state-writes.ts'
import { EMPTY_ROOT } from '../../state/trie/partial-trie.ts'
import { ContentPool } from './content-pool.ts'
import { HeldContents } from './held-contents.ts'
import { StateReads } from './state-reads.ts'

const keccak = await loadKeccak()
const address = (at: number) => asAddress(new Uint8Array(20).fill(at))
const ACCOUNTS = Array.from({ length: 40 }, (_, at) => address(at))

/** Accounts enough for a trie of several layers. */
function someState() {
  const empty = { nodes: NodeBag.from([], keccak), codes: CodeBag.from([], keccak) }
  const trie = new StateTrie({ root: EMPTY_ROOT, ...empty, keccak })
  const account: AccountWrite = {
    ...{ kind: 'updated', nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH },
    storage: { kind: 'kept', slots: new Map() },
  }
  const names = ACCOUNTS.map((bytes) => Buffer.from(bytes).toString('hex'))
  trie.applyWrites({ accounts: new Map(names.map((name) => [name, account])), codes: new Map() })
  return trie.commit()
}

test('nodes count as found here once, when they are read first, and not where they had come for the block by then', async () => {
  const { root, nodes } = someState()
  const pool = new ContentPool()
  const held = new HeldContents(pool)
  const half = nodes.length >> 1
  pool.admit(nodes.slice(0, half))
  for (const node of nodes.slice(half)) held.take(node)
  const reads = new StateReads({ root, keccak, held, resolve: () => Promise.reject(new Error('nothing is missing')) })
  const counts: number[] = []
  for (let round = 0; round < 2; round++) {
    const { reader } = reads.open()
    for (const account of ACCOUNTS) {
      await reader.account(account)
      const listed = reads.read().nodes
      expect(reads.nodesFromStore).toBe(listed.filter(({ hash }) => !held.wasFetched(hash)).length)
      counts.push(reads.nodesFromStore)
    }
  }
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
  expect(counts.at(-1)).toBe(half)
  // What comes a second time, in an answer to something else, was here before.
  for (const node of nodes) held.take(node)
  expect(reads.nodesFromStore).toBe(half)
})
