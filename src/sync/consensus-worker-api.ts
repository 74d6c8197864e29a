/** The consensus worker's face: follows the chain, verifies light-client objects, and has what is proven kept by the node worker. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { proxy, wrap, type Remote } from 'comlink'
import { systemClock } from '../chain/clock.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { platformTransport } from '../network/http/transport.ts'
import { slotAtTime } from '../chain/beacon-config.ts'
import { asRoot, type Root } from '../chain/bytes.ts'
import { networkByName, parseNetworkFile, type Network } from '../chain/network.ts'
import { loadSyncCommitteeVerifier } from '../consensus/bls.ts'
import type { SyncCommitteeVerifier } from '../consensus/sync-committee-verifier.ts'
import {
  LightClientRun,
  type LightClientFileBytes,
  type PlainLightClientReport,
  type PlainUpdateRow,
} from './light-client-run.ts'
import { areSame, headsOf, NO_HEADS } from './beam/chain-heads.ts'
import { followChain, type FollowSettings } from './light-client/follow-chain.ts'
import { historyDesk } from './light-client/history-desk.ts'
import type { LightClient } from './light-client/light-client.ts'
import type { LightClientStatus } from './light-client/light-client-status.ts'
import { StoredLightClient } from './light-client/stored-light-client.ts'
import type { NodeWorkerApi } from './node-worker-api.ts'

export interface ConsensusStart {
  readonly network: string | object
  /** To the node worker, which keeps what was proven. */
  readonly nodePort: MessagePort
}

/** Told of each update as it is decided; runs are one at a time. */
export type OnUpdate = (row: PlainUpdateRow) => void

export interface ConsensusWorkerApi {
  /** Loads what following takes, so that it begins sooner; before {@link start}, and asks nobody. */
  prepare(): Promise<void>
  start(start: ConsensusStart, onUpdate: OnUpdate): Promise<void>
  /** `now`: seconds since 1970; an update signed later is refused. */
  verify(
    files: readonly LightClientFileBytes[],
    trustedRoot: string | undefined,
    now: number,
  ): Promise<PlainLightClientReport>
  /** The kept chain, link by link; undefined when none is kept. */
  verifyKept(trustedRoot: string | undefined, now: number): Promise<PlainLightClientReport | undefined>
  /**
   * Follows the chain until {@link close}; once.
   * @returns why it cannot, where a URL is none
   */
  follow(settings: FollowSettings, events: FollowEvents): Promise<string | undefined>
  /** Ends following; resolves when what was proven is kept. */
  close(): Promise<void>
}

export interface FollowEvents {
  onStatus(status: LightClientStatus): void
  /** What was proven could not be kept; told once until something is kept again. */
  onNotKept(problem: string): void
}

interface Started {
  readonly network: Network
  readonly networkOrigin: 'built-in' | 'file'
  readonly node: Remote<NodeWorkerApi>
  readonly onUpdate: OnUpdate
}

export function createConsensusWorkerApi(): ConsensusWorkerApi {
  let started: Started | undefined
  let following: { readonly client: LightClient; readonly storage: StoredLightClient } | undefined
  let loading: Promise<SyncCommitteeVerifier> | undefined

  function requireStarted(): Started {
    if (started === undefined) throw new Error('the consensus worker has not been started')
    return started
  }

  /** The wasm is loaded when a signature is first checked; a light page that only executes blocks never needs it. */
  function loadedVerifier(): Promise<SyncCommitteeVerifier> {
    loading ??= loadSyncCommitteeVerifier()
    return loading
  }

  async function run(now: number): Promise<{ readonly run: LightClientRun; readonly node: Remote<NodeWorkerApi> }> {
    const { network, node, onUpdate } = requireStarted()
    const begin = performance.now()
    const context = { network, currentSlot: slotAtTime(network, now), verifier: await loadedVerifier() }
    const init = performance.now() - begin
    return { run: new LightClientRun(context, { init, begin, now: () => performance.now() }, onUpdate), node }
  }

  return {
    async prepare() {
      await Promise.all([loadedVerifier(), loadKeccak()])
    },
    async start({ network: given, nodePort }, tell) {
      const network = typeof given === 'string' ? networkByName(given) : parseNetworkFile(given)
      const networkOrigin = typeof given === 'string' ? 'built-in' : 'file'
      started = { network, networkOrigin, node: wrap<NodeWorkerApi>(nodePort), onUpdate: (row) => void tell(row) }
    },
    async verify(files, trustedRoot, now) {
      const { run: lightClient, node } = await run(now)
      const { report, proven } = lightClient.verifyFiles(files, rootOption(trustedRoot))
      if (proven === undefined) return report
      const trust = trustedRoot === undefined ? 'its own root' : 'given'
      const notKept = hasRefusals(report) ? 'some of it was refused' : await node.keepLightClient(proven, trust)
      return { ...report, notKept }
    },
    async verifyKept(trustedRoot, now) {
      const { run: lightClient, node } = await run(now)
      const records = await node.keptLightClient()
      if (records === undefined) return undefined
      return lightClient.verifyKept(records, rootOption(trustedRoot)).report
    },
    async follow(settings, events) {
      const { network, networkOrigin, node } = requireStarted()
      const [verifier, keccak] = await Promise.all([loadedVerifier(), loadKeccak()])
      // Not awaited: nobody waits for a status to be seen.
      const storage = new StoredLightClient(node, (problem) => void events.onNotKept(problem))
      let heads = NO_HEADS
      const begun = followChain(settings, {
        network,
        networkOrigin,
        clock: systemClock,
        random: Math.random,
        verifier,
        keccak,
        storage,
        transport: platformTransport(systemClock),
        onStatus: (status) => {
          void events.onStatus(status)
          const newest = headsOf(status)
          if (areSame(newest, heads)) return
          heads = newest
          void node.follow(heads)
        },
      })
      if (begun.kind === 'refused') return begun.error.message
      const { client } = begun
      following = { client, storage }
      void node.useHistory(proxy(historyDesk((slot) => client.historicalBlock(slot), network)))
      client.start()
      return undefined
    },
    async close() {
      following?.client.close()
      await following?.storage.settled()
    },
  }
}

/** Input that is bad in part leaves nothing behind. */
function hasRefusals({ updates, finality, optimistic }: PlainLightClientReport): boolean {
  const heads = [finality, optimistic].filter((head) => head !== undefined)
  return [...updates, ...heads].some(({ rejected }) => rejected !== undefined)
}

function rootOption(hex: string | undefined): Root | undefined {
  return hex === undefined ? undefined : asRoot(hexToBytes(hex as PrefixedHexString))
}
