/** The foreign chain through a gateway that relays it: followed, and blocks of it verified by what the gateway gives. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { requireSuccess } from './checks.ts'
import { startFollow } from './follow-program.ts'
import { blockAt } from './json-rpc.ts'
import { START_LIMIT_MS } from './limits.ts'
import { finalizedRoot, type ForeignNetwork } from './network.ts'
import { runCommand, startCommand, type OwnCommand } from './own-command.ts'
import { ProgramError } from './programs.ts'
import { sendStorageCalls } from './traffic.ts'
import { until, WaitError } from './waiting.ts'

/** Half of them the chain's first, which have transfers, half its newest, which fill and clear storage. */
const BLOCKS = 50

/** Slots that are followed through the gateway. */
const FOLLOWED_SLOTS = 6

/** `proofs` is put together by the client, `witness` by the gateway: the foreign client has no call for it. */
const FORMS = ['proofs', 'witness'] as const

export async function checkRelay(network: ForeignNetwork, signal: AbortSignal): Promise<object> {
  const { programs, folder, execution, follower, validators, networkFile, log } = network
  log('storing things on the chain')
  await sendStorageCalls(execution.rpcUrl, signal)
  const upstreams = ['--beacon', follower.url, validators.url, '--execution', execution.rpcUrl]
  const gateway = startCommand(programs, 'gateway', [...upstreams, '--network', networkFile])
  const url = await gatewayUrl(gateway, signal)
  const start = Date.now()
  const followed = await followThrough(network, url, signal)
  const newest = await until('the chain has the blocks', START_LIMIT_MS, signal, async () => {
    const head = await blockAt(execution.rpcUrl, 'latest')
    return head !== undefined && head.number >= BLOCKS ? head.number : undefined
  })
  log(`fetching ${BLOCKS} blocks through the gateway, to block ${newest}`)
  const files = join(folder, 'blocks')
  mkdirSync(files)
  const half = BLOCKS / 2
  const numbers = Array.from({ length: BLOCKS }, (_, i) => (i < half ? i + 1 : newest - BLOCKS + 1 + i))
  let requests = 0
  for (const number of numbers) {
    for (const form of FORMS) {
      signal.throwIfAborted()
      const out = join(files, `${number}-${form}.json`)
      const args = ['--server', url, '--block', `${number}`, '--form', form, '--out', out]
      const [line] = await runCommand(programs, 'witness', args)
      requests += Number(line?.['requests'])
    }
  }
  const verified = await runCommand(programs, 'verify', [files])
  if (verified.length !== BLOCKS * FORMS.length || verified.some((line) => line['verified'] !== true)) {
    throw new WaitError(`of ${verified.length} files of ${BLOCKS} blocks not all are verified`)
  }
  const transactions = verified.reduce((sum, { txs }) => sum + Number(txs), 0)
  await gateway.program.stop()
  return {
    check: 'relay',
    ...followed,
    blocks: BLOCKS,
    newest,
    forms: FORMS,
    verified: verified.length,
    transactions: transactions / FORMS.length,
    requests,
    ms: Date.now() - start,
  }
}

async function gatewayUrl({ program, lines }: OwnCommand, signal: AbortSignal): Promise<string> {
  return until('the gateway serves', START_LIMIT_MS, signal, () => {
    if (!program.isRunning) throw new ProgramError('the gateway has ended')
    return Promise.resolve(lines[0] === undefined ? undefined : String(lines[0]['url']))
  })
}

async function followThrough(network: ForeignNetwork, url: string, signal: AbortSignal): Promise<object> {
  const { programs, networkFile, follower, log } = network
  log('following through the gateway')
  const checkpoint = ['--checkpoint', await finalizedRoot(follower)]
  const args = ['--network', networkFile, '--beacon', url, ...checkpoint, '--slots', `${FOLLOWED_SLOTS}`]
  const following = startFollow(programs, 'follow-relay', args)
  await requireSuccess(following, signal)
  const last = following.heads.at(-1)?.head
  if (last === undefined || last.finalizedSlot === null)
    throw new WaitError('no finalized head came through the gateway')
  return { heads: following.heads.length, toSlot: last.slot, finalizedSlot: last.finalizedSlot, server: last.server }
}
