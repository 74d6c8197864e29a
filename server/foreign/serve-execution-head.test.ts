/** Beacon blocks of our own on an execution client: a light client is led to the block that is the client's newest. */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { afterEach, expect, test } from 'vitest'
import { asRoot } from '../../src/chain/bytes.ts'
import { parseNetworkFile } from '../../src/chain/network.ts'
import { executionBlockHash } from '../../src/consensus/containers/light-client-objects.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { START } from '../beacon-api/beacon-api.fixtures.ts'
import { follow } from '../devnet/follow-source.fixtures.ts'
import { startDevnet } from '../devnet/start-devnet.ts'
import type { ForkEpochs } from '../devnet/devnet-network.ts'
import { testClient, type ClientHabits, type TestClient } from '../gateway/upstream/execution/upstream.fixtures.ts'
import type { ServedChain } from '../gateway/served-chain.ts'
import { serveExecutionHead } from './serve-execution-head.ts'

const SLOT_SECONDS = 4
/** Answers over HTTP take their time on a busy machine. */
const PATIENT = { timeout: 10_000 }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A client whose chain grows by a block a slot. */
async function growing(forks: ForkEpochs, habits: ClientHabits = {}) {
  const clock = new SimulatedClock(START)
  const options = { accounts: 200, agePeriods: 0.25, workloadSlots: 2, gas: 300_000, slotSeconds: SLOT_SECONDS }
  const devnet = await startDevnet({ clock, preset: 'minimal', forks, ...options })
  closers.push(() => devnet.close())
  const client = await testClient(devnet.execution, habits)
  closers.push(() => client.close())
  return { clock, devnet, client }
}

async function onTop(
  clock: SimulatedClock,
  { url }: TestClient,
  onTrouble: (message: string) => void = () => undefined,
): Promise<ServedChain> {
  const beacon = { preset: 'minimal', slotSeconds: SLOT_SECONDS, ageSlots: 128 } as const
  const served = await serveExecutionHead({ url, clock, onTrouble, ...beacon })
  closers.push(() => served.close())
  return served
}

async function provenHash({ networkFile, beacon, checkpoint }: ServedChain): Promise<string> {
  const network = parseNetworkFile(networkFile('http://127.0.0.1:1'))
  const { optimisticHeader } = await follow(network, beacon, asRoot(hexToBytes(checkpoint as `0x${string}`)))
  if (optimisticHeader.execution === undefined) throw new Error('the head proves no execution block')
  return bytesToHex(executionBlockHash(optimisticHeader.execution))
}

/** Polls of the client's head are answered over HTTP, which takes its time. */
async function untilServed(chain: ServedChain, hash: Uint8Array, clock: SimulatedClock): Promise<void> {
  await expect
    .poll(async () => {
      await clock.advance(50)
      return bytesToHex((await chain.execution!.status()).head.hash)
    }, PATIENT)
    .toBe(bytesToHex(hash))
}

test.each<[string, ForkEpochs, string]>([
  ['Shanghai', { capella: 0 }, 'capella'],
  ['Cancun', { deneb: 0 }, 'deneb'],
  ['Osaka', { fulu: 0 }, 'fulu'],
  ['Amsterdam', { gloas: 0 }, 'gloas'],
])('of %s', { timeout: 30_000 }, async (_, forks, beaconFork) => {
  const { clock, devnet, client } = await growing(forks)
  const chain = await onTop(clock, client)
  const before = devnet.execution.head.hash
  expect(await provenHash(chain)).toBe(bytesToHex(before))
  expect(parseNetworkFile(chain.networkFile('http://127.0.0.1:1')).forks.map(({ name }) => name)).toEqual([beaconFork])
  // The client's next block, then two slots: one carries it, the next one's signatures prove that.
  await clock.advance(SLOT_SECONDS * 1_000)
  await devnet.beaconChain.live.idle()
  const { hash } = devnet.execution.head
  expect(bytesToHex(hash)).not.toBe(bytesToHex(before))
  await devnet.beaconChain.live.stop()
  await untilServed(chain, hash, clock)
  await clock.advance(4 * SLOT_SECONDS * 1_000)
  await expect.poll(() => provenHash(chain), PATIENT).toBe(bytesToHex(hash))
})

test(
  'a client that comes to Amsterdam: nothing of the beacon chain is served any more, and it is said once',
  { timeout: 60_000 },
  async () => {
    const { clock, devnet, client } = await growing({ fulu: 0, gloas: 3 })
    const said: string[] = []
    const chain = await onTop(clock, client, (message) => said.push(message))
    for (let slot = 0; slot < 10; slot++) {
      await clock.advance(SLOT_SECONDS * 1_000)
      await devnet.beaconChain.live.idle()
    }
    await devnet.beaconChain.live.stop()
    await untilServed(chain, devnet.execution.head.hash, clock)
    await clock.advance(2 * SLOT_SECONDS * 1_000)
    const ask = () => Promise.resolve().then(() => chain.beacon.head())
    await expect
      .poll(() =>
        ask().then(
          () => 'served',
          (error: Error) => error.message,
        ),
      )
      .toMatch(/no beacon block of fulu can carry/)
    expect(() => chain.beacon.optimisticUpdate()).toThrow(/start again to follow it/)
    expect(said).toHaveLength(1)
    const { execution } = parseNetworkFile(chain.networkFile('http://127.0.0.1:1'))
    await expect.poll(() => chain.execution!.network.execution.timeForks.at(-1)?.name, PATIENT).toBe('amsterdam')
    expect(execution.chainId).toBe(devnet.network.chainId)
    // Its blocks are executed by the rules that the client told on the way.
    await expect
      .poll(async () => (await chain.execution!.witness(devnet.execution.head.hash))?.nodes.length)
      .toBeGreaterThan(0)
  },
)

test('a client that stops answering keeps its last block', { timeout: 30_000 }, async () => {
  const { clock, devnet, client } = await growing({ fulu: 0 })
  const chain = await onTop(clock, client)
  const { hash } = devnet.execution.head
  await client.close()
  await clock.advance(20 * SLOT_SECONDS * 1_000)
  expect(await provenHash(chain)).toBe(bytesToHex(hash))
  await expect(Promise.resolve().then(() => chain.execution!.status())).rejects.toThrow(client.url)
})

test('a client that does not answer at the start is named', async () => {
  const { clock, client } = await growing({ fulu: 0 })
  await client.close()
  await expect(onTop(clock, client)).rejects.toThrow(client.url)
})
