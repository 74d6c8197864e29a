/** The node worker of Node with a store on disk. An entry of its own: a tab's worker must not contain a native database. */
import { serve } from './serve.ts'

serve(async () => {
  const [{ createNodeWorkerApi }, { openSessionHost }, { openDiskStore }] = await Promise.all([
    import('../src/sync/node-worker-api.ts'),
    import('../src/rpc/session-host.ts'),
    import('../src/state/store/node-disk-store.ts'),
  ])
  return createNodeWorkerApi({ openHost: openSessionHost, openDisk: openDiskStore })
})
