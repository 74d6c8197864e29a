/** What the run has to show. Each check returns its figures, or throws. */
import { setTimeout as pause } from 'node:timers/promises'
import { beaconData } from './beacon-node.ts'
import { startExecutionClient } from './execution-client.ts'
import { startFollow, type Following, type SeenHead } from './follow-program.ts'
import { blockAt, type BlockNamed } from './json-rpc.ts'
import { POLL_MS } from './limits.ts'
import { finalizedRoot, restartFollower, type ForeignNetwork } from './network.ts'
import { ProgramError } from './programs.ts'
import { WaitError } from './waiting.ts'

/** Ports beside those of the chain's own execution client. */
const DRIVEN_PORTS = { rpc: 8645, engine: 8651, peers: 30304 }
const DRIVEN_RPC = `http://127.0.0.1:${DRIVEN_PORTS.rpc}`

/** Share of the slots that are followed before the restart. */
const RESTART_AFTER = 0.3

/**
 * Slots after the restart in which no head has to come: the node is back after two or three, and has to catch up; what
 * a beacon node serves is a slot old anyway.
 */
const RESTART_SLOTS = 20

/** Blocks that the driven client may be behind the last head that was printed: that one may still have been on its way. */
const LAG = 2

/** Of the minimal preset. */
const SLOTS_PER_EPOCH = 8

/** `follow --once`: from a checkpoint to a finalized head. */
export async function checkFinality(network: ForeignNetwork, signal: AbortSignal): Promise<object> {
  const start = Date.now()
  const following = startFollow(network.programs, 'follow-once', [...(await followArgs(network)), '--once'])
  await requireSuccess(following, signal)
  const { head } = lastOf(following)
  if (head.finalizedSlot === null) throw new WaitError('follow --once ended without a finalized head')
  return { check: 'finality', ...head, ms: Date.now() - start }
}

/** `follow --slots --engine`: heads of so many slots, across a restart of the server, with an empty client behind it. */
export async function checkFollowing(network: ForeignNetwork, slots: number, signal: AbortSignal): Promise<object> {
  const { programs, folder, genesis, log } = network
  const client = await startExecutionClient(programs, { name: 'driven', folder, genesis, ports: DRIVEN_PORTS }, signal)
  const behind = await blockAt(network.execution.rpcUrl, 'latest')
  log(`following ${slots} slots, with a client that lacks ${behind?.number} blocks`)
  const args = ['--slots', `${slots}`, '--engine', client.engineUrl, '--jwt', client.jwtFile]
  const following = startFollow(programs, 'follow', [...(await followArgs(network)), ...args])
  await untilSlot(following, slots * RESTART_AFTER, signal)
  const restartedAt = Date.now()
  await restartFollower(network)
  await requireSuccess(following, signal)

  const { heads } = following
  const after = heads.filter(({ at }) => at > restartedAt + RESTART_SLOTS * network.slotSeconds * 1_000)
  const [first, last] = [heads[0], heads.at(-1)]
  if (first === undefined || last === undefined || after.length === 0) {
    throw new WaitError(`no head came later than ${RESTART_SLOTS} slots after the restart; ${heads.length} before`)
  }
  if (heads.some(({ head }, i) => i > 0 && head.slot <= (heads[i - 1]?.head.slot ?? 0))) {
    throw new WaitError('heads did not come in the order of their slots')
  }
  const served = await servedFinality(network)
  if ((last.head.finalizedSlot ?? 0) < served - SLOTS_PER_EPOCH) {
    throw new WaitError(`the server proves slot ${served} to be final, follow is at ${last.head.finalizedSlot}`)
  }
  return {
    check: 'following',
    heads: heads.length,
    fromSlot: first.head.slot,
    toSlot: last.head.slot,
    finalizedFrom: first.head.finalizedSlot,
    finalizedTo: last.head.finalizedSlot,
    finalityServed: served,
    longestPauseMs: longestPause(heads),
    brought: behind?.number,
    driven: await drivenHead(network, last.head.execution?.number ?? Infinity),
  }
}

/** The client that was driven has the chain of the one that makes it, up to a block that was a head. */
async function drivenHead(network: ForeignNetwork, headNumber: number): Promise<BlockNamed> {
  const driven = await blockAt(DRIVEN_RPC, 'latest')
  const made = driven && (await blockAt(network.execution.rpcUrl, driven.number))
  if (driven === undefined || made?.hash !== driven.hash) {
    throw new WaitError(`the driven client's block ${driven?.number} is ${driven?.hash}, the chain's is ${made?.hash}`)
  }
  if (driven.number >= headNumber - LAG) return driven
  throw new WaitError(`the driven client is at block ${driven.number}, the last head was block ${headNumber}`)
}

/**
 * The finalized slot of the server's newest finality update. Not what the chain has finalized: Lodestar has no such
 * update from its restart until another epoch is final, and on a busy machine that takes long. 0 where there is none.
 */
async function servedFinality({ follower }: ForeignNetwork): Promise<number> {
  const path = '/eth/v1/beacon/light_client/finality_update'
  const update = await beaconData<FinalityUpdate>(follower, path).catch(() => undefined)
  return Number(update?.finalized_header.beacon.slot ?? 0)
}

interface FinalityUpdate {
  readonly finalized_header: { readonly beacon: { readonly slot: string } }
}

async function followArgs({ networkFile, follower }: ForeignNetwork): Promise<readonly string[]> {
  return ['--network', networkFile, '--beacon', follower.url, '--checkpoint', await finalizedRoot(follower)]
}

async function untilSlot({ program, heads }: Following, slots: number, signal: AbortSignal): Promise<void> {
  while (program.isRunning) {
    const [first, last] = [heads[0]?.head.slot, heads.at(-1)?.head.slot]
    if (first !== undefined && last !== undefined && last - first >= slots) return
    await pause(POLL_MS, undefined, { signal })
  }
  throw new ProgramError(`${program.name} ended after ${heads.length} heads`)
}

export async function requireSuccess({ program }: Following, signal: AbortSignal): Promise<void> {
  const cut = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new WaitError(`${program.name} did not end in time`)), {
      once: true,
    }),
  )
  const code = await Promise.race([program.ended, cut])
  if (code !== 0) throw new ProgramError(`${program.name} ended with ${code}`)
}

function lastOf({ program, heads }: Following): SeenHead {
  const last = heads.at(-1)
  if (last === undefined) throw new ProgramError(`${program.name} printed no head`)
  return last
}

const longestPause = (heads: readonly SeenHead[]): number =>
  Math.max(0, ...heads.slice(1).map(({ at }, i) => at - (heads[i]?.at ?? at)))
