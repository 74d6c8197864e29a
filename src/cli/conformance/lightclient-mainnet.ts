/**
 * Suite `lightclient-mainnet`: recorded light-client objects, a folder per recording. In the order of their periods a
 * bootstrap starts a chain (or must agree with the one that reaches it), updates extend it, and heads follow at the
 * end. Objects that no chain reaches are decoded and their Merkle branches checked.
 */
import { asRoot } from '../../chain/bytes.ts'
import { slotAtTime } from '../../chain/beacon-config.ts'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { Network } from '../../chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { checkpointData } from '../../consensus/checkpoint-data.ts'
import { CommitteeChain } from '../../consensus/committee-chain.ts'
import { NO_STORAGE } from '../../consensus/committee-chain-storage.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from '../../consensus/containers/read-file.ts'
import { BeaconBlockHeaderType, lightClientTypes } from '../../consensus/containers/ssz-types.ts'
import { HeadValidator } from '../../consensus/head-validator.ts'
import { InvalidUpdateError } from '../../consensus/protocol/light-client-error.ts'
import type { LightClientContext } from '../../consensus/protocol/light-client-store.ts'
import { validateUpdateProofs } from '../../consensus/protocol/validate-light-client-update.ts'
import { readBeaconEvent } from '../../network/beacon/beacon-event.ts'
import { EVENT_MAX } from '../../network/beacon/constants.ts'
import { EventStreamParser } from '../../network/http/event-stream-parser.ts'
import { recordings, type Recording } from './recordings.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'

export const lightclientMainnet: Suite = {
  name: 'lightclient-mainnet',
  folder: 'lightclient',
  async *cases(folder) {
    for await (const files of recordings(folder)) yield* recording(files)
  },
}

async function* recording(recorded: Recording): AsyncIterable<ConformanceCase> {
  const { name, network, bytes, bootstraps } = recorded
  const verifier = await loadSyncCommitteeVerifier()
  const player = new Player({ network, verifier, currentSlot: slotAtTime(network, Date.now() / 1000) })

  const timeline: { readonly period: number; readonly step: ConformanceCase }[] = []
  const unreadable = (path: string, error: unknown): ConformanceCase => ({
    name: `${name}/${path}`,
    run: () => {
      throw error
    },
  })
  for (const file of bootstraps) {
    try {
      const bootstrap = readBootstrap(network, await bytes(file))
      const period = periodAtSlot(network.preset, bootstrap.header.beacon.slot)
      timeline.push({ period, step: { name: `${name}/${file}`, run: () => player.bootstrap(bootstrap) } })
    } catch (error) {
      yield unreadable(file, error)
    }
  }
  for (const file of recorded.updates) {
    for (const [index, decoded] of readUpdates(network, await bytes(file)).entries()) {
      if (decoded.kind === 'malformed') {
        yield unreadable(`${file}/${index}`, decoded.error)
        continue
      }
      const { update } = decoded
      const period = periodAtSlot(network.preset, update.attestedHeader.beacon.slot)
      timeline.push({ period, step: { name: `${name}/${file}/period ${period}`, run: () => player.update(update) } })
    }
  }
  // Stable, so that a bootstrap comes before the updates of its period.
  for (const { step } of timeline.sort((a, b) => a.period - b.period)) yield step
  if (bootstraps.length > 0)
    yield { name: `${name}/aggregate key of the last signers`, run: () => player.aggregateKey() }
  for (const { file, kind } of recorded.heads) {
    yield { name: `${name}/${file}`, run: async () => player.head(readHeadUpdate(network, kind, await bytes(file))) }
  }
  for (const file of recorded.events) {
    yield { name: `${name}/${file}`, run: async () => playEvents(network, await bytes(file)) }
  }
}

/** The chain of one recording, case after case. */
class Player {
  readonly #context: LightClientContext
  #chain: CommitteeChain | undefined

  constructor(context: LightClientContext) {
    this.#context = context
  }

  bootstrap(bootstrap: ReturnType<typeof readBootstrap>): Outcome {
    const { network } = this.#context
    const root = asRoot(BeaconBlockHeaderType.hashTreeRoot(bootstrap.header.beacon))
    const own = checkpointData(network, root, bootstrap)
    const known = this.#chain?.period === own.period ? this.#chain.committee(own.period) : undefined
    if (known === undefined) {
      const { verifier, currentSlot } = this.#context
      const options = { network, verifier, currentSlot: () => currentSlot, storage: NO_STORAGE }
      this.#chain = new CommitteeChain(options, own)
      return PASSED
    }
    const { syncCommittee } = lightClientTypes(network.preset)
    return syncCommittee.equals(known.committee, own.committee)
      ? PASSED
      : { kind: 'failed', error: `another committee for period ${own.period} than the updates before prove` }
  }

  update(update: LightClientUpdate): Outcome {
    const { network } = this.#context
    const period = periodAtSlot(network.preset, update.attestedHeader.beacon.slot)
    // Recordings overlap: an update of the period before must agree with the one that was taken.
    if (this.#chain?.period !== period && this.#chain?.period !== period + 1) {
      validateUpdateProofs(network, update)
      return PASSED
    }
    const outcome = this.#chain.insert(update)
    if (outcome.kind === 'refused') throw outcome.error
    return outcome.kind === 'halted' || outcome.kind === 'full' ? { kind: 'failed', error: outcome.kind } : PASSED
  }

  aggregateKey(): Outcome {
    const chain = this.#chain
    if (chain === undefined) return { kind: 'skipped', reason: 'no bootstrap, so no signature was checked' }
    const signers = chain.committee(chain.period - 1) ?? chain.checkpoint
    if (!this.#context.verifier.isAggregateSound(signers.committee))
      throw new InvalidUpdateError({ code: 'wrongAggregateKey', period: chain.period })
    return PASSED
  }

  head(update: LightClientUpdate): Outcome {
    if (this.#chain === undefined) {
      validateUpdateProofs(this.#context.network, update)
      return PASSED
    }
    const verdict = new HeadValidator(this.#chain, () => this.#context).validate(update)
    if (verdict.kind === 'refused') throw verdict.error
    return verdict.kind === 'valid' ? PASSED : { kind: 'failed', error: verdict.kind }
  }
}

const PASSED: Outcome = { kind: 'passed' }

/** Light-client events are decoded and their branches checked; the others must at least be what the API says. */
function playEvents(network: Network, stream: Uint8Array): Outcome {
  const events = new EventStreamParser(EVENT_MAX).push(stream).map((event) => readBeaconEvent(network, event))
  for (const event of events) {
    if (event.kind === 'news' && event.news.kind !== 'head') validateUpdateProofs(network, event.news.update)
  }
  return events.length > 0 ? PASSED : { kind: 'failed', error: 'no event in the stream' }
}
