/**
 * Every block of a run of the devnet through its forks, fetched in every form and verified; witnesses with nothing in them
 * that is not needed. `BEAMTAB_EVERY_BLOCK=N` makes it N blocks of the devnet, and adds every block of the imported chain
 * and of the recorded ones: minutes instead of seconds.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDevnet } from '../../../server/devnet/start-devnet.ts'
import { serveRecorded } from '../../../server/gateway/recorded/serve-recorded.ts'
import { startGateway } from '../../../server/gateway/start-gateway.ts'
import { presetByName } from '../../chain/beacon-preset.ts'
import type { ForkName } from '../../chain/network.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { describeWithData } from '../../testing/data.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { everyForm, needlessParts, partsOf, type BlockForm } from './every-form.fixtures.ts'
import { chainGateway, importedChain } from './imported-gateway.fixtures.ts'
import { WITNESS_FORMS, type WitnessForm } from './witness-options.ts'

/** They come one after the other, spread evenly over the run. */
const FORKS: readonly ForkName[] = ['deneb', 'electra', 'fulu', 'gloas']

const PRESET = 'minimal'
const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = presetByName(PRESET)

const asked = process.env['BEAMTAB_EVERY_BLOCK']
/** By default one epoch of each fork. */
const BLOCKS = asked === undefined ? FORKS.length * slotsPerEpoch : Number(asked)
/** Blocks made between one look and the next: fewer than the states that are served. */
const AT_A_TIME = 64
/** In the middle of each fork's blocks is one of whose witness each part is left out once. */
const BLOCKS_OF_FORK = Math.floor(BLOCKS / FORKS.length)
const isTakenApart = (block: number): boolean => block % BLOCKS_OF_FORK === BLOCKS_OF_FORK >> 1
/** A block costs half a second in all its forms on a busy machine; leaving out its parts, some seconds. */
const TIMEOUT = 120_000 + BLOCKS * 10_000

const crypto = await loadWasmCrypto()
const log = pino({ level: 'silent' })
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-every-block-'))
})
afterAll(() => rm(folder, { recursive: true }))

test(
  `${BLOCKS} blocks of a devnet, in every form`,
  async () => {
    const clock = new SimulatedClock(1_795_255_200_000)
    const first = Math.min(BLOCKS, AT_A_TIME)
    const devnet = await startDevnet({
      clock,
      preset: PRESET,
      accounts: 500,
      gas: 200_000,
      agePeriods: first / (slotsPerEpoch * epochsPerSyncCommitteePeriod),
      workloadSlots: first,
      forks: Object.fromEntries(FORKS.map((fork, at) => [fork, Math.floor((at * BLOCKS_OF_FORK) / slotsPerEpoch)])),
    })
    const gateway = await startGateway({ chain: devnet, log })
    try {
      const results: BlockForm[] = []
      while (results.length < BLOCKS * WITNESS_FORMS.length) {
        const done = results.length / WITNESS_FORMS.length
        const { number } = devnet.execution.head
        const blocks = Array.from({ length: number - done }, (_, at) => done + at + 1)
        results.push(...(await everyForm({ url: gateway.url, blocks, forms: WITNESS_FORMS, folder, crypto })))
        for (let left = Math.min(BLOCKS - number, AT_A_TIME); left > 0; left--) {
          await clock.advance(devnet.network.slotSeconds * 1_000)
          await devnet.beaconChain.live.idle()
        }
      }
      expect(results.filter(({ outcome }) => outcome.kind !== 'verified')).toEqual([])
      const forks = new Set(results.map(({ outcome }) => (outcome.kind === 'verified' ? outcome.fork : '')))
      expect(forks.size).toBeGreaterThanOrEqual(FORKS.length)
      const fileOf = (block: BlockForm['block'], form: WitnessForm): string =>
        results.find((result) => result.block === block && result.form === form)!.file
      for (let block = 1; block <= BLOCKS; block++) {
        // Equal bags: what is needless in one is in the other.
        expect(await partsOf(fileOf(block, 'rpc'))).toEqual(await partsOf(fileOf(block, 'witness')))
        if (isTakenApart(block)) expect(await needlessParts(fileOf(block, 'witness'), crypto)).toEqual([])
      }
      say('devnet', results)
    } finally {
      await gateway.close()
      await devnet.close()
    }
  },
  TIMEOUT,
)

if (asked !== undefined) {
  describeWithData('every block', (data) => {
    test(
      'of the imported chain, in every form',
      async () => {
        const chain = await importedChain(data)
        const gateway = await chainGateway(chain)
        const { head } = await chain.execution!.status()
        const blocks = Array.from({ length: head.number }, (_, at) => at + 1)
        const results = await everyForm({ url: gateway.url, blocks, forms: WITNESS_FORMS, folder, crypto })
        await gateway.close()
        await chain.close()
        say('imported', results)
        expect(results.filter(({ outcome }) => outcome.kind !== 'verified')).toEqual([])
      },
      TIMEOUT,
    )

    describe('that was recorded, in every form', () => {
      const recorded = join(data, 'witness-blocks')
      const names = readdirSync(recorded).filter((name) => name.endsWith('.json.gz'))
      const networks = [...new Set(names.map((name) => name.split('-', 1)[0]!))]
      test.each(networks)(
        '%s',
        async (network) => {
          const onFailure = (error: unknown): never => {
            throw error
          }
          const chain = await serveRecorded({ folder: recorded, network, onFailure })
          const gateway = await startGateway({ chain, log })
          const blocks = chain.execution.blocks.map(({ hash }) => `0x${Buffer.from(hash).toString('hex')}`)
          const results = await everyForm({ url: gateway.url, blocks, forms: WITNESS_FORMS, folder, crypto })
          await gateway.close()
          await chain.close()
          say(`recorded on ${network}`, results)
          const others = results.filter(({ outcome }) => outcome.kind !== 'verified')
          // JSON-RPC has no hashes of ancestors but their headers, and where nobody recorded those they are refused.
          expect(others.filter(({ form }) => form !== 'proofs')).toEqual([])
          for (const { outcome } of others)
            expect(outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining('missing header') as string })
        },
        TIMEOUT,
      )
    })
  })
}

/** Where somebody asked for all of it, what came of it. */
function say(what: string, results: readonly BlockForm[]): void {
  if (asked === undefined) return
  for (const form of WITNESS_FORMS) {
    const outcomes = results.filter((result) => result.form === form)
    const count = (kind: string): number => outcomes.filter(({ outcome }) => outcome.kind === kind).length
    const counts = { verified: count('verified'), refused: count('refused'), wrong: count('wrong') }
    process.stderr.write(`${JSON.stringify({ what, form, ...counts })}\n`)
  }
  for (const { block, form, outcome } of results) {
    if (outcome.kind !== 'verified') process.stderr.write(`${JSON.stringify({ what, block, form, outcome })}\n`)
  }
}
