import { expect, test } from 'vitest'
import { asHash, asRoot } from '../../chain/bytes.ts'
import { HistoricalProofError } from '../../consensus/multiproof/historical-proof-error.ts'
import { networkByName } from '../../chain/network.ts'
import { NoHistoricalProofError, type ProvenBlock } from './historical-blocks.ts'
import { historyDesk } from './history-desk.ts'

const mainnet = networkByName('mainnet')
const hash = asHash(new Uint8Array(32).fill(1))
const proven: ProvenBlock = {
  slot: 9,
  root: asRoot(new Uint8Array(32).fill(2)),
  execution: { kind: 'payload', blockHash: hash },
  under: { slot: 99, blockHash: asHash(new Uint8Array(32).fill(3)) },
  servers: ['gateway'],
}
const refusing = (error: Error) => historyDesk(() => Promise.reject(error), mainnet)

test('what is proven is told as plain data, with the head that it is proven under', async () => {
  const { slot, under, servers } = proven
  const desk = historyDesk(() => Promise.resolve(proven), mainnet)
  expect(await desk.prove(10)).toEqual({ kind: 'proven', slot, blockHash: hash, under, servers })
})

test('what cannot be proven is a value with its reason; anything else is a fault', async () => {
  const nobody = await refusing(new NoHistoricalProofError('asked a, b')).prove(10)
  expect(nobody).toEqual({ kind: 'refused', reason: 'asked a, b' })
  const old = await refusing(new HistoricalProofError({ code: 'beforeCapella', slot: 10 })).prove(10)
  // Mainnet's Capella: epoch 194048.
  expect(old).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('reach back to slot 6209536') as unknown,
  })
  await expect(refusing(new TypeError('a defect')).prove(10)).rejects.toThrow('a defect')
})
