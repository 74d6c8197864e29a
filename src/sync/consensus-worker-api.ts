/** The consensus worker's face: verifies light-client objects, and has proven ones kept by the node worker. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { wrap, type Remote } from 'comlink'
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
import type { NodeWorkerApi } from './node-worker-api.ts'

export interface ConsensusStart {
  readonly network: string | object
  /** To the node worker, which keeps what was proven. */
  readonly nodePort: MessagePort
}

/** Told of each update as it is decided; runs are one at a time. */
export type OnUpdate = (row: PlainUpdateRow) => void

export interface ConsensusWorkerApi {
  start(start: ConsensusStart, onUpdate: OnUpdate): Promise<void>
  /** `now`: seconds since 1970; an update signed later is refused. */
  verify(
    files: readonly LightClientFileBytes[],
    trustedRoot: string | undefined,
    now: number,
  ): Promise<PlainLightClientReport>
  /** The kept chain, link by link; undefined when none is kept. */
  verifyKept(trustedRoot: string | undefined, now: number): Promise<PlainLightClientReport | undefined>
}

export function createConsensusWorkerApi(): ConsensusWorkerApi {
  let started:
    { readonly network: Network; readonly node: Remote<NodeWorkerApi>; readonly onUpdate: OnUpdate } | undefined
  let loading: Promise<SyncCommitteeVerifier> | undefined

  /** The wasm is loaded when a signature is first checked; a light page that only executes blocks never needs it. */
  async function run(now: number): Promise<{ readonly run: LightClientRun; readonly node: Remote<NodeWorkerApi> }> {
    if (started === undefined) throw new Error('the consensus worker has not been started')
    const { network, node, onUpdate } = started
    const begin = performance.now()
    loading ??= loadSyncCommitteeVerifier()
    const context = { network, currentSlot: slotAtTime(network, now), verifier: await loading }
    const init = performance.now() - begin
    return { run: new LightClientRun(context, { init, begin, now: () => performance.now() }, onUpdate), node }
  }

  return {
    async start({ network: given, nodePort }, tell) {
      const network = typeof given === 'string' ? networkByName(given) : parseNetworkFile(given)
      started = { network, node: wrap<NodeWorkerApi>(nodePort), onUpdate: (row) => void tell(row) }
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
