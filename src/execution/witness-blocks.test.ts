/** Real blocks through both interpreters: everything that comes out of execution is the same, and is what the header says. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'
import { expect, test } from 'vitest'
import { CodeBag, NodeBag } from '../state/content-bag.ts'
import { StateTrie } from '../state/state-trie.ts'
import { describeWithData } from '../testing/data.ts'
import { executeBlock, type ExecutionJob, type ExecutionOutcome } from './block/execute-block.ts'
import { verifyBlock } from './block/verify-block.ts'
import type { Verification } from './block/verification.ts'
import { loadWasmCrypto } from './crypto/wasm-crypto.ts'
import { plain } from './execution.fixtures.ts'
import type { StatelessBlock } from './stateless-block.ts'
import { blockInput } from './verify-stateless-block.ts'
import { HEADER_FIELDS, witnessBlock } from './witness-blocks.fixtures.ts'
import { bytesToWord } from './words.ts'

/** EthereumJS needs seconds for larger ones; those are left to the conformance suite, which runs the tuned engine alone. */
const MAX_GAS = 10_000_000n

/** Of the block in a file, without decoding the rest. */
function gasUsed(path: string): bigint {
  const [block] = /(?<="block": ?")0x[0-9a-f]*/.exec(gunzipSync(readFileSync(path)).toString('latin1'))!
  const [header] = RLP.decode(block) as unknown as [Uint8Array[]]
  return bytesToWord(header[HEADER_FIELDS.indexOf('gasUsed')]!)
}

interface Run {
  readonly verification: Verification
  readonly outcome: Omit<ExecutionOutcome, 'ms'>
}

async function run(file: StatelessBlock, engine: ExecutionJob['engine']): Promise<Run> {
  const crypto = await loadWasmCrypto()
  const { keccak } = crypto
  const input = blockInput(file, undefined)
  if (input.kind === 'rejected') throw new Error(input.message)
  let outcome: Omit<ExecutionOutcome, 'ms'> | undefined
  const nodes = NodeBag.from(file.nodes, keccak)
  const codes = CodeBag.from(file.codes, keccak)
  const verification = await verifyBlock(input.block, {
    crypto,
    engine,
    now: () => 0,
    spent: { decode: 0, hash: 0 },
    openState: (root) => {
      const trie = new StateTrie({ root, nodes, codes, keccak })
      const applyWrites = async (writes: Parameters<StateTrie['applyWrites']>[0]) => trie.applyWrites(writes)
      return { reader: trie, applyWrites, root: () => trie.root(), nodesRead: () => 0 }
    },
    execute: async (job, state) => {
      const executed = await executeBlock(job, state, { crypto, now: () => 0 })
      const { ms: _ms, ...rest } = executed
      outcome = rest
      return executed
    },
  })
  if (outcome === undefined) throw new Error(`not executed: ${JSON.stringify(verification)}`)
  return { verification, outcome }
}

describeWithData('real blocks in both interpreters', (data) => {
  const names = readdirSync(join(data, 'witness-blocks'))
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => name.slice(0, -'.json.gz'.length))
    .filter((name) => gasUsed(join(data, 'witness-blocks', `${name}.json.gz`)) <= MAX_GAS)

  test.each(names)('%s', async (name) => {
    const file = await witnessBlock(data, name)
    const tuned = await run(file, 'tuned')
    const stock = await run(file, 'stock')
    expect(tuned.verification.kind).toBe('verified')
    expect(stock.verification.kind).toBe('verified')
    expect(plain(tuned.outcome)).toEqual(plain(stock.outcome))
  })
})
