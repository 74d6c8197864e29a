/**
 * Suite `blockchain-tests`: chains of ethereum/tests and execution-spec-tests, executed block by block from their given
 * state, of which a full trie serves every node.
 */
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { bytesToHex } from '@ethereumjs/util'
import { executionConfigOnly } from '../../chain/network.ts'
import type { ExecutionJob } from '../../execution/block/execute-block.ts'
import type { Verification } from '../../execution/block/verification.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { isBlockchainTest, parseBlockchainTest, type BlockchainTest, type TestBlock } from './blockchain-test.ts'
import { forkConfig, terminalTotalDifficulty } from './fork-names.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'
import { tarFiles, type TarFile } from './tar.ts'
import { TestChain } from './test-chain.ts'
import { stateDifference } from './test-state.ts'
import { uncheckedRule } from './unchecked-rule.ts'
import { verificationText } from './verification-text.ts'

export const blockchainTests: Suite = blockchainTestsOn('tuned')

/** The suite on either engine; `stock` is for comparison. */
export function blockchainTestsOn(engine: ExecutionJob['engine']): Suite {
  return {
    name: 'blockchain-tests',
    folder: 'blockchain-tests',
    async *cases(folder) {
      const paths = (await readdir(folder, { recursive: true })).sort()
      for (const path of paths.filter((name) => name.endsWith('.tar.gz'))) yield* casesOfArchive(folder, path, engine)
      for (const path of paths.filter(isTestFile))
        yield* casesOfFile({ name: path, bytes: await readFile(join(folder, path)) }, engine)
    },
  }
}

/** The largest of ethereum/tests have 30 MB; Node reads no text beyond 512 MB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

/** A damaged archive is a failing case of its own, after those that could be read. */
async function* casesOfArchive(
  folder: string,
  path: string,
  engine: ExecutionJob['engine'],
): AsyncIterable<ConformanceCase> {
  const archive = pipeline(createReadStream(join(folder, path)), createGunzip(), () => undefined)
  try {
    for await (const { name, bytes } of tarFiles(archive, { wanted: isTestFile, maxFileBytes: MAX_FILE_BYTES }))
      yield* casesOfFile({ name: `${path}/${name}`, bytes }, engine)
  } catch (error) {
    yield { name: path, run: () => failed(`cannot be read as an archive: ${(error as Error).message}`) }
  }
}

/** Fixture releases keep their table of contents in `.meta`. */
function isTestFile(path: string): boolean {
  return path.endsWith('.json') && !path.split('/').includes('.meta')
}

function* casesOfFile({ name: file, bytes }: TarFile, engine: ExecutionJob['engine']): Iterable<ConformanceCase> {
  let tests: unknown
  try {
    tests = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    yield { name: file, run: () => failed(`cannot be read as JSON: ${(error as Error).message}`) }
    return
  }
  for (const [name, test] of Object.entries(tests ?? {})) {
    yield { name: `${file}/${name}`, run: async () => runCase(test, await loadWasmCrypto(), engine) }
  }
}

async function runCase(content: unknown, crypto: WasmCrypto, engine: ExecutionJob['engine']): Promise<Outcome> {
  if (!isBlockchainTest(content)) return skipped('not a blockchain test: it has no pre, blocks and genesisBlockHeader')
  const test = parseBlockchainTest(content)
  const config = forkConfig(test.fork, test)
  if (config === undefined) return skipped(`fork ${test.fork} is not supported`)
  const chain = new TestChain(test, { network: executionConfigOnly(config), crypto, engine })
  for (const [index, block] of test.blocks.entries()) {
    const end = outcomeOf(block, await chain.add(block), `block ${index}`, chain, test)
    if (end !== undefined) return end
  }
  return compareEnd(chain, test, crypto)
}

/** Undefined where the block is what the test says of it, and the test goes on. */
function outcomeOf(
  { exception }: TestBlock,
  verification: Verification,
  name: string,
  chain: TestChain,
  { fork, sealEngine }: BlockchainTest,
): Outcome | undefined {
  if (verification.kind !== 'verified')
    return exception === undefined ? failed(`${name}: ${verificationText(verification)}`) : undefined
  if (exception === undefined) return undefined
  const { header } = verification.block
  const unchecked = uncheckedRule({
    header,
    exception,
    sealEngine,
    totalDifficulty: chain.totalDifficultyBefore(header),
    terminalTotalDifficulty: terminalTotalDifficulty(fork),
  })
  if (unchecked !== undefined) return skipped(`${name} is to be refused for ${exception}: ${unchecked}`)
  return failed(`${name}: verified, expected to be refused for ${exception}`)
}

function compareEnd(chain: TestChain, { lastBlockHash, post }: BlockchainTest, { keccak }: WasmCrypto): Outcome {
  const { head } = chain
  const [last, expectedLast] = [bytesToHex(head.hash), bytesToHex(lastBlockHash)]
  if (last !== expectedLast) return failed(`the last block is ${last}, expected ${expectedLast}`)
  if (post.kind === 'accounts') {
    const difference = stateDifference(chain.stateAt(head), post.accounts, keccak)
    return difference === undefined ? { kind: 'passed' } : failed(`post state: ${difference}`)
  }
  const [root, expectedRoot] = [bytesToHex(head.stateRoot), bytesToHex(post.root)]
  return root === expectedRoot ? { kind: 'passed' } : failed(`post state root ${root}, expected ${expectedRoot}`)
}

function failed(error: string): Outcome {
  return { kind: 'failed', error }
}

function skipped(reason: string): Outcome {
  return { kind: 'skipped', reason }
}
