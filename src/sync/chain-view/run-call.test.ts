import { expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { asHash, type Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { CallHome, CallJob, CallWork } from '../../execution/remote/call-messages.ts'
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { EvmPool } from '../evm/evm-pool.ts'
import type { ChainView } from './chain-view.ts'
import { Evidence } from './evidence.ts'
import { callRunner } from './run-call.ts'

const HEAD = 9

const header = (number: number): RawHeader =>
  ({ number, hash: asHash(new Uint8Array(32).fill(number)), rlp: new Uint8Array([number]) }) as unknown as RawHeader

/** Ancestors are known down to a block. */
function viewDownTo(lowest: number): ChainView {
  const state = { bring: async () => undefined, learn: async () => [] }
  const ancestors = async ({ number }: RawHeader, count: number): Promise<readonly RawHeader[]> =>
    Array.from({ length: Math.min(count, number - lowest) }, (_, at) => header(number - 1 - at))
  return { state: () => state, ancestors } as unknown as ChainView
}

/** What a worker is told that asks for the hash of a block. */
async function hashOf(number: number, view: ChainView): Promise<Hash> {
  let told: Hash | undefined
  const evm = {
    call: async (_job: CallJob, home: CallHome) => {
      told = await home.blockHash(number)
      return { kind: 'output', output: new Uint8Array() }
    },
  } as unknown as SpeculativeEvmService
  const limit = () => ({ reached: new Promise<never>(() => undefined), cancel: () => undefined })
  const evms = new EvmPool([evm], limit, () => undefined)
  const runner = callRunner({ network: networkByName('mainnet'), view, evms, lend: (home) => home })
  const ask = { signal: new AbortController().signal, evidence: new Evidence() }
  await runner.run({ method: 'traceBlock' } as unknown as CallWork, header(HEAD), ask)
  return told!
}

test.each([HEAD, HEAD - 1, 4])('the block after number 9 may read the hash of number %i', async (number) => {
  expect(await hashOf(number, viewDownTo(4))).toEqual(header(number).hash)
})

test('a hash that is not to be had is said to be missing, as it was, whatever the worker makes of it', async () => {
  await expect(hashOf(3, viewDownTo(4))).rejects.toThrow('the header of block 3 cannot be had')
})
