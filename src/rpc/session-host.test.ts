/** More sessions than a node answers: the oldest makes room, and is told. */
import { expect, test } from 'vitest'
import { createNodeWorkerApi } from '../sync/node-worker-api.ts'
import { MAX_SESSIONS, openSessionHost } from './session-host.ts'

test('the oldest of too many sessions hears that it has ended, and the others nothing', async () => {
  const api = createNodeWorkerApi({ openHost: openSessionHost })
  await api.start(
    { network: 'mainnet', evmPorts: [], servers: [], maxHeadAge: undefined },
    { onStage: () => undefined, onEvmHung: () => undefined, onDefect: () => undefined },
  )
  const ports: MessagePort[] = []
  const heard: { readonly from: number; readonly kind: string }[] = []
  const open = async (): Promise<void> => {
    const { port1, port2 } = new MessageChannel()
    const from = ports.push(port1) - 1
    const told = new Promise((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<{ readonly kind: string }>) => {
        heard.push({ from, kind: data.kind })
        resolve(undefined)
      }
    })
    await api.openSession(port2)
    await told
  }
  for (let each = 0; each < MAX_SESSIONS; each++) await open()
  expect(heard.every(({ kind }) => kind === 'stale')).toBe(true)
  heard.length = 0
  await open()
  await expect.poll(() => heard).toHaveLength(2)
  expect(heard).toContainEqual({ from: 0, kind: 'closed' })
  expect(heard).toContainEqual({ from: MAX_SESSIONS, kind: 'stale' })
  for (const port of ports) port.close()
  await api.close()
})
