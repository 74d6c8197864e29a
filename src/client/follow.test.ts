/** The whole client on worker threads, following a chain that grows. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDevnetBeacon, type DevnetBeacon } from '../../server/devnet/start-devnet-beacon.ts'
import { startClient } from './client.ts'
import { nodePlatform } from './node-platform.ts'
import type { BeamtabOptions, LightStatus } from './public-types.ts'

/** Workers take seconds to start on a busy machine. */
const LIMIT_MS = 60_000

let devnet: DevnetBeacon
beforeAll(async () => {
  devnet = await startDevnetBeacon({ seed: 'client', slotSeconds: 1, agePeriods: 2 })
})
afterAll(() => devnet.close())

function followed(options: Pick<BeamtabOptions, 'follow'> = {}) {
  const told: LightStatus[] = []
  let check: () => void = () => undefined
  const started = startClient(
    {
      network: devnet.networkFile,
      evmWorkers: 1,
      ...options,
      onStatus: ({ light }) => {
        if (light !== undefined) told.push(light)
        check()
      },
    },
    nodePlatform(),
  )
  const until = (is: (light: LightStatus) => boolean) =>
    new Promise<LightStatus>((resolve) => {
      check = () => {
        const found = told.find(is)
        if (found !== undefined) resolve(found)
      }
      check()
    })
  return { started, told, until }
}

test('by the servers of the network file, from its checkpoint to a finalized head', { timeout: LIMIT_MS }, async () => {
  const { started, told, until } = followed()
  const client = await started
  const light = await until(({ finalized, stage }) => finalized !== undefined && stage.kind === 'following')
  expect(light).toMatchObject({
    checkpoint: { slot: devnet.checkpoint.slot, by: 'given' },
    optimistic: { signers: 32, committeeSize: 32, server: devnet.url },
    servers: [{ name: devnet.url, lastError: undefined }],
    defect: undefined,
  })
  const newer = await until(({ optimistic }) => (optimistic?.slot ?? 0) > light.optimistic!.slot)
  expect(newer.optimistic?.execution?.number).toBeGreaterThan(0)
  await client.close()
  const count = told.length
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toHaveLength(count)
})

test('off, nobody is asked', { timeout: LIMIT_MS }, async () => {
  const { started, told } = followed({ follow: 'off' })
  const client = await started
  expect([client.status().light, told]).toEqual([undefined, []])
  await client.close()
})

test.each([
  [{ servers: ['not a url'] }, /not a url|URL/],
  [{ checkpoint: '0x12' as const }, /no block root/],
])('%j cannot be followed', { timeout: LIMIT_MS }, async (follow, message) => {
  await expect(followed({ follow }).started).rejects.toThrow(message)
})
