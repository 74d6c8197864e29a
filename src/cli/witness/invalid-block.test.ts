/** A block that a committee signed though it is invalid: each form of it shows the same flaw, and lacks nothing. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { follow } from '../../../server/devnet/follow-source.fixtures.ts'
import { startDevnet } from '../../../server/devnet/start-devnet.ts'
import { startGateway } from '../../../server/gateway/start-gateway.ts'
import { asRoot } from '../../chain/bytes.ts'
import { executionBlockHash } from '../../consensus/containers/light-client-objects.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { everyForm } from './every-form.fixtures.ts'
import { WITNESS_FORMS } from './witness-options.ts'

/** No state has the root that its header names, so nobody can prove anything at it. */
const FORMS = WITNESS_FORMS.filter((form) => form !== 'proofs')

test('an invalid block of a devnet, in every form that needs no state after it', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'beamtab-invalid-block-'))
  const clock = new SimulatedClock(1_795_255_200_000)
  const devnet = await startDevnet({
    ...{ clock, preset: 'minimal', accounts: 500, gas: 200_000, agePeriods: 1, workloadSlots: 4, invalidSlots: [65] },
  })
  const gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
  try {
    for (let slot = 64; slot < 67; slot++) {
      await clock.advance(devnet.network.slotSeconds * 1_000)
      await devnet.beaconChain.live.idle()
    }
    const { optimisticHeader } = await follow(devnet.network, devnet.beacon, asRoot(hexToBytes(devnet.checkpoint)))
    expect(optimisticHeader.beacon.slot).toBe(65)
    const block = bytesToHex(executionBlockHash(optimisticHeader.execution!))
    const crypto = await loadWasmCrypto()
    const results = await everyForm({ url: gateway.url, blocks: [block], forms: FORMS, folder, crypto })
    const said = results.map(({ outcome }) => JSON.stringify(outcome))
    // Where the command has to execute a block to know what to fetch, it says itself what is wrong.
    for (const text of said) expect(text).toMatch(/"field":"stateRoot"|does not verify: stateRoot is/)
    for (const text of said) expect(text).not.toMatch(/"fault"/)
    expect(said).toHaveLength(FORMS.length)
  } finally {
    await gateway.close()
    await devnet.close()
    await rm(folder, { recursive: true })
  }
})
