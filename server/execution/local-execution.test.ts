import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { asHash } from '../../src/chain/bytes.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { parseStatelessBlock, type StatelessBlock } from '../../src/execution/stateless-block.ts'
import { writeStatelessBlock } from '../../src/execution/stateless-block-file.ts'
import { verifyStatelessBlock } from '../../src/execution/verify-stateless-block.ts'
import { describeWithData } from '../../src/testing/data.ts'
import { readChainFile, splitBlocks } from '../foreign/chain-file.ts'
import { readGenesisFile } from '../foreign/genesis-file.ts'
import { importChain } from '../foreign/import-chain.ts'
import { UnavailableError, type Witness } from './execution-source.ts'
import type { LocalExecution } from './local-execution.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto

describeWithData('a local chain from Frontier to Osaka', (data) => {
  const folder = join(data, 'chains/execution-apis-tests')
  let execution: LocalExecution
  let config: object

  beforeAll(async () => {
    const genesis = readGenesisFile(JSON.parse(await readFile(join(folder, 'genesis.json'), 'utf8')))
    config = genesis.config
    execution = await importChain({
      genesis,
      blocks: splitBlocks(readChainFile(join(folder, 'chain.rlp'))),
      crypto,
      clock: systemClock,
    })
  })

  function stateless(witness: Witness): StatelessBlock {
    const { block, ...parts } = witness
    const { name, chainId } = execution.network
    return parseStatelessBlock(
      writeStatelessBlock({ ...parts, network: name, chainId, config, block: block.rlp }, keccak),
    )
  }

  test('makes witnesses that suffice, and lack nothing and carry nothing that they could do without', async () => {
    for (let number = 1; number <= execution.head.number; number++) {
      const witness = (await execution.witness(execution.blockByNumber(number)!.hash))!
      const file = stateless(witness)
      const { verification } = await verifyStatelessBlock(file, { crypto })
      expect(verification.kind, `block ${number}`).toBe('verified')
      // Each removal is a verification: a third of the blocks tells as much as all.
      if (number % 3 !== 0) continue
      for (const kind of ['nodes', 'codes', 'headers'] as const) {
        // The parent's header is known apart from the others.
        if (kind === 'headers' && file.headers.length === 1) continue
        for (const at of file[kind].keys()) {
          if (kind === 'headers' && at === file.headers.length - 1) continue
          const without = { ...file, [kind]: file[kind].toSpliced(at, 1) }
          const result = await verifyStatelessBlock(without, { crypto })
          expect(result.verification.kind, `block ${number} without one of its ${kind}`).toBe('fault')
        }
      }
    }
  })

  test('makes a witness once, however many ask at a time', async () => {
    const { hash } = execution.head
    const [first, second] = await Promise.all([execution.witness(hash), execution.witness(hash)])
    expect(first).toBe(second)
  })

  test('has no witness of the genesis block, and none of a block that is unknown', async () => {
    await expect(Promise.resolve(execution.witness(execution.blockByNumber(0)!.hash))).rejects.toThrow(UnavailableError)
    expect(execution.witness(asHash(keccak(Uint8Array.of(1))))).toBeUndefined()
  })
})
