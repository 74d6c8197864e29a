/** `light-sync`: verifies recorded light-client objects offline, from a bootstrap on. */
import { readFile, stat } from 'node:fs/promises'
import { hexToBytes } from '@ethereumjs/util'
import { slotAtTime } from '../chain/beacon-config.ts'
import type { Root } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import { asRoot } from '../chain/bytes.ts'
import { loadSyncCommitteeVerifier } from '../consensus/bls.ts'
import type { DecodedUpdate } from '../consensus/containers/decode.ts'
import { DecodeError } from '../consensus/containers/decode-error.ts'
import type { LightClientBootstrap } from '../consensus/containers/light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from '../consensus/containers/read-file.ts'
import { BeaconBlockHeaderType } from '../consensus/containers/ssz-types.ts'
import type { HeadOutcome, LightSyncResult } from '../consensus/light-sync.ts'
import { lightSync } from '../consensus/light-sync.ts'
import { InvalidBootstrapError } from '../consensus/protocol/light-client-error.ts'
import type { SyncCommitteeVerifier } from '../consensus/sync-committee-verifier.ts'
import { integerOption, parseCommandLine, UsageError } from './args.ts'
import { networkOption } from './network-option.ts'
import type { CommandEnvironment, ExitCode } from './run-command.ts'
import { runCommand } from './run-command.ts'

const usage = `usage: npm run -s light-sync -- --network NAME|FILE --bootstrap FILE [--trusted-root 0x...] --updates FILE...
                              [--finality FILE] [--optimistic FILE] [--now SECONDS]`

/** A server sends at most 128 updates of 27 kB; ten thousand periods (31 years) are enough for any recording. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

await runCommand(usage, async (argv, environment) => {
  const command = await readCommand(argv)
  const started = performance.now()
  const verifier = await loadSyncCommitteeVerifier()
  const init = performance.now() - started
  const elapsed = () => ({ init: Math.round(init), total: Math.round(performance.now() - started) })
  try {
    const { result, heads } = sync(command, verifier, environment)
    return report(environment, result, heads, elapsed())
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof InvalidBootstrapError)) throw error
    environment.print({
      bootstrap: false,
      error: error instanceof DecodeError ? undecodableBootstrap(command.network, error) : messageOf(error),
      updates: 0,
      accepted: 0,
      rejected: [],
      finality: null,
      optimistic: null,
      finalizedSlot: null,
      optimisticSlot: null,
      ms: elapsed(),
    })
    return 1
  }
})

interface Command {
  readonly network: Network
  readonly currentSlot: number
  readonly trustedRoot: Root | undefined
  readonly bootstrap: Uint8Array
  readonly updates: readonly UpdatesFile[]
  readonly finality: Uint8Array | undefined
  readonly optimistic: Uint8Array | undefined
}

interface UpdatesFile {
  readonly path: string
  readonly bytes: Uint8Array
}

async function readCommand(argv: readonly string[]): Promise<Command> {
  const { options, positionals } = parseCommandLine(argv, {
    network: 'string',
    bootstrap: 'string',
    'trusted-root': 'string',
    updates: 'strings',
    finality: 'string',
    optimistic: 'string',
    now: 'string',
  })
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals.join(' ')}`)
  if (options.bootstrap === undefined) throw new UsageError('--bootstrap is missing: name the file to start from')
  if (options.updates.length === 0) throw new UsageError('--updates is missing: name the files that continue it')
  const network = await networkOption(options.network)
  const seconds =
    options.now === undefined
      ? Date.now() / 1000
      : integerOption('now', options.now, { min: 0, max: Number.MAX_SAFE_INTEGER })
  return {
    network,
    currentSlot: slotAtTime(network, seconds),
    trustedRoot: trustedRootOption(options['trusted-root']),
    bootstrap: await read(options.bootstrap),
    updates: await Promise.all(options.updates.map(async (path) => ({ path, bytes: await read(path) }))),
    finality: options.finality === undefined ? undefined : await read(options.finality),
    optimistic: options.optimistic === undefined ? undefined : await read(options.optimistic),
  }
}

/** @throws {DecodeError} @throws {InvalidBootstrapError} when there is nothing to start from */
function sync(command: Command, verifier: SyncCommitteeVerifier, environment: CommandEnvironment) {
  const { network, currentSlot } = command
  const bootstrap = readBootstrap(network, command.bootstrap)
  const finality = readHead(network, 'finalityUpdate', command.finality)
  const optimistic = readHead(network, 'optimisticUpdate', command.optimistic)
  const result = lightSync(
    { network, currentSlot, verifier },
    {
      bootstrap,
      trustedBlockRoot: command.trustedRoot ?? rootOf(bootstrap),
      updates: command.updates.flatMap((file) => updatesOf(network, file)),
      finalityUpdate: finality instanceof DecodeError ? undefined : finality,
      optimisticUpdate: optimistic instanceof DecodeError ? undefined : optimistic,
    },
    ({ index, period, participants, size, outcome }) => {
      const verdict = outcome.kind === 'accepted' ? 'accepted' : messageOf(outcome.error)
      environment.log(`update ${index}, period ${period ?? 'unknown'}, ${participants}/${size}: ${verdict}`)
    },
  )
  const heads = {
    finality: finality instanceof DecodeError ? finality : result.finality,
    optimistic: optimistic instanceof DecodeError ? optimistic : result.optimistic,
  }
  return { result, heads }
}

/** A file that was meant to continue the chain and holds nothing did not do so. */
function updatesOf(network: Network, { path, bytes }: UpdatesFile): readonly DecodedUpdate[] {
  const updates = readUpdates(network, bytes)
  if (updates.length > 0) return updates
  return [{ kind: 'malformed', error: new DecodeError('truncated', path, 'the file is empty, it holds no update') }]
}

/** A head that cannot be read is refused like one that is invalid; the rest of the run goes on. */
function readHead(network: Network, kind: 'finalityUpdate' | 'optimisticUpdate', bytes: Uint8Array | undefined) {
  if (bytes === undefined) return undefined
  try {
    return readHeadUpdate(network, kind, bytes)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

function report(
  environment: CommandEnvironment,
  { finalizedHeader, optimisticHeader, reports }: LightSyncResult,
  heads: Record<'finality' | 'optimistic', HeadOutcome | DecodeError>,
  ms: { readonly init: number; readonly total: number },
): ExitCode {
  const rejected = reports.flatMap(({ period, outcome }) =>
    outcome.kind === 'rejected' ? [{ period: period ?? null, error: messageOf(outcome.error) }] : [],
  )
  const finality = headVerdict(heads.finality)
  const optimistic = headVerdict(heads.optimistic)
  environment.print({
    bootstrap: true,
    updates: reports.length,
    accepted: reports.length - rejected.length,
    rejected,
    finality: finality.accepted,
    ...(finality.error !== undefined && { finalityError: finality.error }),
    optimistic: optimistic.accepted,
    ...(optimistic.error !== undefined && { optimisticError: optimistic.error }),
    finalizedSlot: finalizedHeader.beacon.slot,
    optimisticSlot: optimisticHeader.beacon.slot,
    ms,
  })
  return rejected.length > 0 || finality.accepted === false || optimistic.accepted === false ? 1 : 0
}

function headVerdict(head: HeadOutcome | DecodeError): { accepted: boolean | null; error: string | undefined } {
  if (head instanceof DecodeError) return { accepted: false, error: messageOf(head) }
  switch (head.kind) {
    case 'notGiven':
      return { accepted: null, error: undefined }
    case 'accepted':
      return { accepted: true, error: undefined }
    case 'rejected':
      return { accepted: false, error: messageOf(head.error) }
  }
}

/** The bootstrap is what the network's schedule is first applied to, so a network named wrongly shows here. */
function undecodableBootstrap(network: Network, error: DecodeError): string {
  return `${messageOf(error)}; if the file is whole, it may be of another network than ${network.name}`
}

function messageOf(error: Error): string {
  return `${error.name}: ${error.message}`
}

function trustedRootOption(text: string | undefined): Root | undefined {
  if (text === undefined) return undefined
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new UsageError(`--trusted-root ${text}: expected 32 bytes as 0x-hex`)
  }
  return asRoot(hexToBytes(text as `0x${string}`))
}

/** Without a root from elsewhere the user trusts the bootstrap file itself. */
function rootOf({ header }: LightClientBootstrap): Root {
  return asRoot(BeaconBlockHeaderType.hashTreeRoot(header.beacon))
}

async function read(path: string): Promise<Uint8Array> {
  const entry = await stat(path).catch(() => undefined)
  if (entry?.isDirectory() === true) throw new UsageError(`${path} is a folder; name a file in it`)
  if (entry?.isFile() !== true) throw new UsageError(`${path}: no such file`)
  if (entry.size > MAX_FILE_BYTES)
    throw new UsageError(`${path}: ${entry.size} bytes, at most ${MAX_FILE_BYTES} are read`)
  return readFile(path)
}
