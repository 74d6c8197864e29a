import { serve } from './serve.ts'

serve(async () => (await import('../src/sync/evm-worker-api.ts')).createEvmWorkerApi())
