/** `follow`: follows the head of a chain from live servers, prints each head, and drives an execution client if asked to. */
import { bytesToHex } from '@ethereumjs/util'
import { systemClock } from '../chain/clock.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { loadSyncCommitteeVerifier } from '../consensus/bls.ts'
import { EngineApi } from '../network/engine/engine-api.ts'
import { platformTransport } from '../network/http/transport.ts'
import { followChain } from '../sync/light-client/follow-chain.ts'
import type { LightClient } from '../sync/light-client/light-client.ts'
import type { LightClientStatus } from '../sync/light-client/light-client-status.ts'
import { NO_LIGHT_CLIENT_STORAGE } from '../sync/light-client/light-client-storage.ts'
import { UsageError } from './args.ts'
import { FollowLog } from './follow-log.ts'
import { FOLLOW_USAGE, followCommand, type FollowCommand } from './follow-options.ts'
import { FollowPatience, isHopeless } from './follow-patience.ts'
import { HeadLines } from './head-lines.ts'
import { runCommand, type CommandEnvironment, type ExitCode } from './run-command.ts'

await runCommand(FOLLOW_USAGE, async (argv, environment) => follow(await followCommand(argv), environment))

async function follow(command: FollowCommand, environment: CommandEnvironment): Promise<ExitCode> {
  const lines = new HeadLines(command.end)
  const patience = new FollowPatience(command.network)
  const log = new FollowLog((line) => environment.log(line))
  const aborted = new AbortController()
  let end: (code: ExitCode) => void = () => undefined
  const ended = new Promise<ExitCode>((resolve) => (end = resolve))
  const client = await lightClient(command, aborted.signal, (status) => {
    log.take(status, client.engineStatus)
    const { line, isOver } = lines.take(status)
    if (line !== undefined) environment.print(line)
    if (isOver) end(0)
    if (isHopeless(status)) end(1)
    const givenUp = patience.take(status, performance.now())
    if (givenUp === undefined || isOver || !lines.needsHead(status)) return
    environment.log(givenUp)
    end(1)
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(lines.hasPrinted ? 0 : 1))
  client.start()
  const code = await ended
  client.close()
  aborted.abort()
  return code
}

/** @throws {UsageError} for a URL that is none */
async function lightClient(
  command: FollowCommand,
  signal: AbortSignal,
  onStatus: (status: LightClientStatus) => void,
): Promise<LightClient> {
  const [verifier, keccak] = await Promise.all([loadSyncCommitteeVerifier(), loadKeccak()])
  const transport = platformTransport(systemClock)
  const settings = {
    beacon: command.beacon,
    execution: command.execution,
    checkpoint: command.checkpoint && bytesToHex(command.checkpoint),
    checkpointSources: command.checkpointSources,
    oldCheckpoints: command.allowOldCheckpoint ? 'allow' : 'refuse',
    chain: 'discarded',
  } as const
  const begun = followChain(settings, {
    network: command.network,
    networkOrigin: command.networkOrigin,
    clock: systemClock,
    random: Math.random,
    verifier,
    keccak,
    storage: NO_LIGHT_CLIENT_STORAGE,
    transport,
    usedSigners: command.usedSigners,
    engine: command.engine && new EngineApi({ ...command.engine, transport, signal }),
    onStatus,
  })
  if (begun.kind === 'refused') throw new UsageError(begun.error.message)
  return begun.client
}
