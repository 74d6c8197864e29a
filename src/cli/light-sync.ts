/** `light-sync`: verifies recorded light-client objects offline, from a bootstrap on. */
import { readFile, stat } from 'node:fs/promises'
import { hexToBytes } from '@ethereumjs/util'
import { slotAtTime } from '../chain/beacon-config.ts'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import { loadSyncCommitteeVerifier } from '../consensus/bls.ts'
import { DecodeError } from '../consensus/containers/decode-error.ts'
import type { LightClientBootstrap } from '../consensus/containers/light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from '../consensus/containers/read-file.ts'
import { BeaconBlockHeaderType } from '../consensus/containers/ssz-types.ts'
import type { HeadOutcome, LightChainResult } from '../consensus/light-chain-sync.ts'
import { syncLightChain } from '../consensus/light-chain-sync.ts'
import { InvalidBootstrapError } from '../consensus/protocol/light-client-error.ts'
import { integerOption, parseCommandLine, UsageError } from './args.ts'
import { networkOption } from './network-option.ts'
import type { CommandEnvironment, ExitCode } from './run-command.ts'
import { runCommand } from './run-command.ts'

const usage = `usage: npm run -s light-sync -- --network NAME|FILE --bootstrap FILE [--trusted-root 0x...] --updates FILE...
                              [--finality FILE] [--optimistic FILE] [--now SECONDS]`

/** A server sends at most 128 updates of 27 kB; ten thousand periods (31 years) are enough for any recording. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

await runCommand(usage, lightSync)

async function lightSync(argv: readonly string[], environment: CommandEnvironment): Promise<ExitCode> {
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
  const network = await networkOption(options.network)
  const trustedRoot = trustedRootOption(options['trusted-root'])
  const now =
    options.now === undefined
      ? Date.now() / 1000
      : integerOption('now', options.now, { min: 0, max: Number.MAX_SAFE_INTEGER })
  const files = {
    bootstrap: await read(options.bootstrap),
    updates: await Promise.all(options.updates.map(read)),
    finality: options.finality === undefined ? undefined : await read(options.finality),
    optimistic: options.optimistic === undefined ? undefined : await read(options.optimistic),
  }

  const started = performance.now()
  const verifier = await loadSyncCommitteeVerifier()
  const init = performance.now() - started
  const context = { network, currentSlot: slotAtTime(network, now), verifier }
  const elapsed = () => ({ init: Math.round(init), total: Math.round(performance.now() - started) })
  try {
    const bootstrap = readBootstrap(network, files.bootstrap)
    const finality = readHead('finalityUpdate', files.finality)
    const optimistic = readHead('optimisticUpdate', files.optimistic)
    const result = syncLightChain(
      context,
      {
        bootstrap,
        trustedBlockRoot: trustedRoot ?? rootOf(bootstrap),
        updates: files.updates.flatMap((bytes) => readUpdates(network, bytes)),
        finalityUpdate: finality.update,
        optimisticUpdate: optimistic.update,
      },
      ({ index, period, participants, size, outcome }) => {
        const verdict = outcome.kind === 'accepted' ? 'accepted' : `${outcome.error.name}: ${outcome.error.message}`
        environment.log(`update ${index}, period ${period ?? 'unknown'}, ${participants}/${size}: ${verdict}`)
      },
    )
    const errors = { finality: finality.error ?? result.finality, optimistic: optimistic.error ?? result.optimistic }
    return report(environment, result, errors, elapsed())
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof InvalidBootstrapError)) throw error
    environment.print({
      bootstrap: false,
      error: `${error.name}: ${error.message}`,
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

  function readHead(kind: 'finalityUpdate' | 'optimisticUpdate', bytes: Uint8Array | undefined) {
    if (bytes === undefined) return { update: undefined, error: undefined }
    try {
      return { update: readHeadUpdate(network, kind, bytes), error: undefined }
    } catch (error) {
      if (error instanceof DecodeError) return { update: undefined, error }
      throw error
    }
  }
}

function report(
  environment: CommandEnvironment,
  { chain, reports }: LightChainResult,
  heads: Record<'finality' | 'optimistic', HeadOutcome | DecodeError>,
  ms: { readonly init: number; readonly total: number },
): ExitCode {
  const rejected = reports.flatMap(({ period, outcome }) =>
    outcome.kind === 'rejected'
      ? [{ period: period ?? null, error: `${outcome.error.name}: ${outcome.error.message}` }]
      : [],
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
    finalizedSlot: chain.finalizedHeader.beacon.slot,
    optimisticSlot: chain.optimisticHeader.beacon.slot,
    ms,
  })
  return rejected.length > 0 || finality.accepted === false || optimistic.accepted === false ? 1 : 0
}

function headVerdict(head: HeadOutcome | DecodeError): { accepted: boolean | null; error: string | undefined } {
  if (head instanceof DecodeError) return { accepted: false, error: `${head.name}: ${head.message}` }
  switch (head.kind) {
    case 'notGiven':
      return { accepted: null, error: undefined }
    case 'accepted':
      return { accepted: true, error: undefined }
    case 'rejected':
      return { accepted: false, error: `${head.error.name}: ${head.error.message}` }
  }
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
  const size = await stat(path).then(
    (entry) => (entry.isFile() ? entry.size : undefined),
    () => undefined,
  )
  if (size === undefined) throw new UsageError(`${path}: no such file`)
  if (size > MAX_FILE_BYTES) throw new UsageError(`${path}: ${size} bytes, at most ${MAX_FILE_BYTES} are read`)
  return readFile(path)
}
