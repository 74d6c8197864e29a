import { serve } from './serve.ts'

serve(async () => (await import('../src/sync/node-worker-api.ts')).createNodeWorkerApi())
