/**
 * Suite `rpc-compat`: the recorded requests of the execution-apis project, asked of the provider in a Chromium whose tab
 * syncs from a gateway that imported the chain of the same folder.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openProviderTab, type PageAnswer, type ProviderTab } from '../../../e2e/provider-page/provider-tab.ts'
import { pino } from 'pino'
import { serveImportedChain } from '../../../server/foreign/serve-imported.ts'
import { NETWORK_PATH, startGateway } from '../../../server/gateway/start-gateway.ts'
import { answerDifference } from './io-difference.ts'
import { parseIoFile, type RecordedAnswer, type RecordedCall } from './io-file.ts'
import type { Outcome, Suite } from './suite.ts'

/** What a client like this one does not have, by the beginning of a method's name. README has the same list. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  txpool_: 'there is no transaction pool of its own to tell of',
  testing_: 'blocks are built by whoever proposes them; a node for tests offers this',
  engine_: 'that is how a consensus client drives an execution client, not how anybody reads',
}

export const rpcCompat: Suite = {
  name: 'rpc-compat',
  folder: 'chains/execution-apis-tests',
  async *cases(folder) {
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.io')).sort()
    if (files.length === 0) return
    const world = await openWorld(folder)
    try {
      for (const file of files) {
        const name = file.slice(0, -'.io'.length)
        yield { name, run: async () => runFile(await readFile(join(folder, file), 'utf8'), world.tab) }
      }
    } finally {
      await world.close()
    }
  },
}

interface World {
  readonly tab: ProviderTab
  close(): Promise<void>
}

async function openWorld(folder: string): Promise<World> {
  const chain = await serveImportedChain({ genesis: join(folder, 'genesis.json'), chain: join(folder, 'chain.rlp') })
  const gateway = await startGateway({ chain, log: pino({ level: 'silent' }) })
  const closeChain = async () => {
    await gateway.close()
    await chain.close()
  }
  try {
    const tab = await openProviderTab({ networkUrl: `${gateway.url}${NETWORK_PATH}` })
    return {
      tab,
      close: async () => {
        await tab.close()
        await closeChain()
      },
    }
  } catch (error) {
    await closeChain()
    throw error
  }
}

async function runFile(text: string, tab: ProviderTab): Promise<Outcome> {
  const calls = parseIoFile(text)
  const why = calls.map(leftOut).find((reason) => reason !== undefined)
  if (why !== undefined) return { kind: 'skipped', reason: why }
  for (const call of calls) {
    const { method, params } = call.request
    const answer = await tab.ask(method, (params ?? []) as readonly unknown[])
    const difference = answerDifference(call, recordedForm(answer))
    if (difference !== undefined) return { kind: 'failed', error: `${method}: ${difference}` }
  }
  return { kind: 'passed' }
}

function leftOut({ request: { method } }: RecordedCall): string | undefined {
  const [prefix] = Object.keys(LEFT_OUT).filter((each) => method.startsWith(each))
  return prefix === undefined ? undefined : `${method}: ${LEFT_OUT[prefix]}`
}

/** As it would be on a wire. */
function recordedForm(answer: PageAnswer): RecordedAnswer {
  const { kind, ...rest } = answer
  return JSON.parse(JSON.stringify(kind === 'result' ? { result: null, ...rest } : rest)) as RecordedAnswer
}
