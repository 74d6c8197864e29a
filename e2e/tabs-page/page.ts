/** A dapp of which several tabs are open. */
import { createBeamtab } from '../../src/client/create-beamtab.ts'
import type { Beamtab, BeamtabOptions, BeamtabStatus } from '../../src/client/public-types.ts'

/** A request as the test looks back on it; times by the machine's clock. */
export interface AskedRequest {
  readonly sentAt: number
  readonly settledAt: number
  readonly outcome: 'result' | 'error'
  readonly value: unknown
}

/** What the page offers to the test, as `tabsPage`. */
export interface TabsPage {
  /** Resolves at the first head, with the ms that it took. */
  openClient(networkUrl: string, mode: BeamtabOptions['mode']): Promise<number>
  ask(method: string, params: readonly unknown[]): Promise<AskedRequest>
  clientStatus(): BeamtabStatus
  /** Events of the provider by name, in their order; of blocks, their numbers. */
  readonly heard: string[]
  /** Times at which the leadership, or the stage of the light client, was another. */
  readonly turns: { readonly what: string; readonly at: number }[]
  closeClient(): Promise<void>
}

let client: Beamtab | undefined
const heard: string[] = []
const turns: { what: string; at: number }[] = []
const note = (what: string): void => void turns.push({ what, at: Date.now() })

const openClient: TabsPage['openClient'] = async (networkUrl, mode) => {
  const begin = performance.now()
  const network = (await (await fetch(networkUrl)).json()) as object
  let before = ''
  const onStatus = ({ leadership, light, state, mode: { now } }: BeamtabStatus): void => {
    const turn = [state, leadership, now, light?.stage.kind].join(' ')
    if (turn !== before) note(turn)
    before = turn
  }
  client = await createBeamtab({ network, mode: mode ?? 'light', evmWorkers: 1, onStatus })
  note('created')
  const { provider } = client
  provider.on('connect', () => void heard.push('connect'))
  provider.on('disconnect', ({ code }) => void heard.push(`disconnect ${code}`))
  provider.on('message', ({ type, data }) => {
    if (type === 'eth_subscription') heard.push(`block ${Number((data.result as { number: string }).number)}`)
  })
  await client.waitForHead()
  note('head')
  return performance.now() - begin
}

const ask: TabsPage['ask'] = async (method, params) => {
  const sentAt = Date.now()
  const settle = (outcome: AskedRequest['outcome'], value: unknown): AskedRequest => {
    return { sentAt, settledAt: Date.now(), outcome, value }
  }
  try {
    return settle('result', await client!.provider.request({ method, params }))
  } catch (thrown) {
    const { code, message } = thrown as { code?: number; message?: string }
    return settle('error', `${code} ${message}`)
  }
}

const tabsPage: TabsPage = {
  ...{ openClient, ask, heard, turns },
  clientStatus: () => client!.status(),
  closeClient: async () => client?.close(),
}
Object.assign(window, { tabsPage })
