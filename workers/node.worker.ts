import { serve } from './serve.ts'

serve(async () => {
  const [{ createNodeWorkerApi }, { openSessionHost }] = await Promise.all([
    import('../src/sync/node-worker-api.ts'),
    import('../src/rpc/session-host.ts'),
  ])
  return createNodeWorkerApi({ openHost: openSessionHost })
})
