/** Reports, statuses and a client that tests of the page decide over. */
import type {
  Beamtab,
  BeamtabOptions,
  BeamtabStatus,
  BlockOutcome,
  BlockReport,
  CreateBeamtab,
  Hex,
  KeptBlock,
  LightClientReport,
  UpdateRow,
} from '../client/public-types.ts'
import type { FileSource } from './file-source.ts'

export const HASH_A: Hex = `0x${'aa'.repeat(32)}`
export const HASH_B: Hex = `0x${'bb'.repeat(32)}`

export const VERIFIED: BlockOutcome & { readonly kind: 'verified' } = {
  kind: 'verified',
  fork: 'cancun',
  transactions: 146,
  gasUsed: 12_907_474,
  stateRoot: HASH_B,
  notChecked: [],
  ms: { decode: 1.25, hash: 20, senders: 300, evm: 1_234.5, root: 40, total: 1_600 },
  kept: { kind: 'kept' },
}

/** Every outcome that is not `verified`. */
export const UNPROVEN: readonly BlockOutcome[] = [
  { kind: 'mismatch', field: 'receiptsRoot', expected: HASH_A, actual: HASH_B },
  { kind: 'fault', what: `trie node ${HASH_A}` },
  { kind: 'error', code: 'bad-file', message: 'the file is not JSON' },
]

export function blockReport(outcome: BlockOutcome, network = 'mainnet'): BlockReport {
  return { network, number: 24_628_608, hash: HASH_A, outcome, nodes: { read: 5_347, fromInput: 5_340, fromStore: 7 } }
}

export const ACCEPTED: UpdateRow = {
  period: 862,
  participants: 511,
  committeeSize: 512,
  outcome: { kind: 'accepted' },
}
export const REJECTED: UpdateRow = {
  period: undefined,
  participants: 0,
  committeeSize: 512,
  outcome: { kind: 'rejected', reason: 'the signature is not the committee’s' },
}

export const CHAIN_REPORT: LightClientReport = {
  bootstrap: { kind: 'verified', slot: 7_061_504, root: HASH_A, trust: 'its own root' },
  updates: [ACCEPTED],
  finality: { kind: 'verified', slot: 7_109_344, participants: 512, committeeSize: 512 },
  optimistic: undefined,
  finalizedSlot: 7_109_344,
  optimisticSlot: undefined,
  kept: { kind: 'kept' },
  unreadable: [],
  ms: { init: 20, total: 890 },
}

export const STATUS: BeamtabStatus = {
  state: 'ready',
  crash: undefined,
  light: undefined,
  mode: { wanted: 'light', now: 'light', cause: undefined, reason: undefined, retryAt: undefined },
  beam: undefined,
  defect: undefined,
  leadership: 'leading',
  evmWorkers: 1,
  store: { kind: 'indexeddb', bytes: 0, maxBytes: 1_000_000, nodes: 0, blocks: 0, updates: 0, problem: undefined },
}

export const KEPT: KeptBlock = { hash: HASH_A, number: 97, transactions: 0, gasUsed: 0, timestamp: 1_438_270_401 }

/** A file whose bytes are the name of the network it claims to be of; the client below reads it so. */
export function source(network: string): FileSource {
  return {
    name: `${network}.json`,
    bytes: network.length,
    read: () => Promise.resolve(new TextEncoder().encode(network)),
  }
}

export interface ClientLog {
  /** `open mainnet`, `open mainnet following`, `verify mainnet on sepolia`, `close mainnet`, in order. */
  readonly calls: string[]
  /** What each client was opened with. */
  readonly options: BeamtabOptions[]
  /** Clients that are open now. */
  open(): number
  /** Sends a status to the client opened last. */
  say(status: BeamtabStatus): void
}

/** A client that reports `verified` for files of its own network, `wrong-network` otherwise; `changes` replaces methods. */
/** The page asks no provider. */
const NO_PROVIDER: Pick<Beamtab, 'provider' | 'waitForHead' | 'statuses'> = {
  provider: undefined as unknown as Beamtab['provider'],
  waitForHead: () => Promise.resolve(),
  statuses: async function* () {},
}

export function clientFactory(changes: (network: string) => Partial<Beamtab> = () => ({})): {
  readonly createBeamtab: CreateBeamtab
  readonly log: ClientLog
} {
  const calls: string[] = []
  const opened: BeamtabOptions[] = []
  let open = 0
  let latest: BeamtabOptions | undefined
  const createBeamtab: CreateBeamtab = (options) => {
    latest = options
    opened.push(options)
    const network = networkNameOf(options)
    const isFollowing = typeof options.follow === 'object'
    calls.push(isFollowing ? `open ${network} following` : `open ${network}`)
    open++
    let state: BeamtabStatus['state'] = 'ready'
    return Promise.resolve({
      network,
      ...NO_PROVIDER,
      verifyBlock: (file) => {
        const claimed = new TextDecoder().decode(file)
        calls.push(`verify ${claimed} on ${network}`)
        const message = `the block is of ${claimed}`
        const outcome = claimed === network ? VERIFIED : { kind: 'error' as const, code: 'wrong-network', message }
        return Promise.resolve(blockReport(outcome, claimed))
      },
      keptBlocks: () => Promise.resolve([KEPT]),
      verifyKeptBlock: (hash) => {
        calls.push(`verify kept ${hash}`)
        return Promise.resolve({ ...blockReport(VERIFIED), nodes: { read: 12, fromInput: 0, fromStore: 12 } })
      },
      verifyLightClient: (files, { onUpdate, trustedRoot } = {}) => {
        calls.push(`light client of ${files.length} on ${network}, root ${trustedRoot ?? 'none'}`)
        onUpdate?.(ACCEPTED)
        return Promise.resolve(CHAIN_REPORT)
      },
      verifyKeptLightClient: () => Promise.resolve(undefined),
      blockTrace: () => Promise.resolve(undefined),
      status: () => ({ ...STATUS, state }),
      close: () => {
        if (state === 'closed') return Promise.resolve()
        calls.push(`close ${network}`)
        state = 'closed'
        open--
        return Promise.resolve()
      },
      ...changes(network),
    })
  }
  return {
    createBeamtab,
    log: { calls, options: opened, open: () => open, say: (status) => latest?.onStatus?.(status) },
  }
}

function networkNameOf({ network }: BeamtabOptions): string {
  if (typeof network === 'string') return network
  return 'name' in network && typeof network.name === 'string' ? network.name : 'from a file'
}
