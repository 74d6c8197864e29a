import { beforeAll, describe, expect, test } from 'vitest'
import { loadSyncCommitteeVerifier } from '../../../src/consensus/bls.ts'
import type { LightClientUpdate } from '../../../src/consensus/containers/light-client-objects.ts'
import { participants } from '../../../src/consensus/containers/light-client-objects.ts'
import { initializeLightClientStore } from '../../../src/consensus/protocol/initialize-light-client-store.ts'
import { InvalidUpdateError } from '../../../src/consensus/protocol/light-client-error.ts'
import { processLightClientUpdate } from '../../../src/consensus/protocol/process-light-client-update.ts'
import type { SyncCommitteeVerifier } from '../../../src/consensus/sync-committee-verifier.ts'
import { fixtureNetwork } from '../../../src/testing/fixture-network.ts'
import { FORGERIES, forgedUpdate } from './forged-updates.ts'
import { SyntheticChain } from './synthetic-chain.ts'

const network = fixtureNetwork({ fulu: 0 })
let chain: SyntheticChain
let update: LightClientUpdate
let verifier: SyncCommitteeVerifier

beforeAll(async () => {
  verifier = await loadSyncCommitteeVerifier()
  chain = await SyntheticChain.create({ network, seed: 'forged', firstSlot: 0, lastSlot: 60, participation: 0.9 })
  update = chain.update(chain.head)
})

function process(candidate: LightClientUpdate): void {
  const start = chain.blockAt(16)
  const store = initializeLightClientStore(network, start.root, chain.bootstrap(start))
  processLightClientUpdate({ network, verifier, currentSlot: 200 }, store, candidate)
}

const forged = (forgery: (typeof FORGERIES)[number]) =>
  forgedUpdate({ network, keys: chain.keys, committee: (period) => chain.plan.committee(period) }, update, forgery)

describe('an update that is true but for one thing', () => {
  test('is valid without it', () => expect(() => process(update)).not.toThrow())

  test.each(FORGERIES.filter((forgery) => forgery !== 'oneSigner'))('%s: is refused', (forgery) => {
    expect(() => process(forged(forgery))).toThrow(InvalidUpdateError)
  })

  test('oneSigner: is valid, and signed by one', () => {
    const lonely = forged('oneSigner')
    expect(() => process(lonely)).not.toThrow()
    expect(participants(lonely)).toBe(1)
  })
})
