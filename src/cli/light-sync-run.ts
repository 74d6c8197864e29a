/** What `light-sync` does with the files that it was given, and its line. */
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
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
import type { LightSyncCommand, UpdatesFile } from './light-sync-options.ts'
import type { CommandEnvironment, ExitCode } from './run-command.ts'

/** Prints one line, whatever the files are. */
export async function runLightSync(command: LightSyncCommand, environment: CommandEnvironment): Promise<ExitCode> {
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
}

/** @throws {DecodeError} @throws {InvalidBootstrapError} when there is nothing to start from */
function sync(command: LightSyncCommand, verifier: SyncCommitteeVerifier, environment: CommandEnvironment) {
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

/** Without a root from elsewhere the user trusts the bootstrap file itself. */
function rootOf({ header }: LightClientBootstrap): Root {
  return asRoot(BeaconBlockHeaderType.hashTreeRoot(header.beacon))
}
