import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/chain/clock.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { describeWithData } from '../../src/testing/data.ts'
import { readChainFile, splitBlocks } from '../foreign/chain-file.ts'
import { readGenesisFile } from '../foreign/genesis-file.ts'
import { importChain } from '../foreign/import-chain.ts'

describeWithData('what is executed on a local chain', (data) => {
  test('a block is traced once, however many ask and whenever', async () => {
    const folder = join(data, 'chains/execution-apis-tests')
    const execution = await importChain({
      genesis: readGenesisFile(JSON.parse(await readFile(join(folder, 'genesis.json'), 'utf8'))),
      blocks: splitBlocks(readChainFile(join(folder, 'chain.rlp'))),
      crypto: await loadWasmCrypto(),
      clock: systemClock,
    })
    const ask = () => execution.prestates(execution.head.hash)
    const [one, other] = await Promise.all([ask(), ask()])
    expect(one).toBeDefined()
    expect(other).toBe(one)
    expect(await ask()).toBe(one)
  })
})
