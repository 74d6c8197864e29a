import { serve } from './serve.ts'

serve(async () => (await import('../src/sync/consensus-worker-api.ts')).createConsensusWorkerApi())
