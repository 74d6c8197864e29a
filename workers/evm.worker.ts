import { serve } from './serve.ts'

serve(async () => (await import('../src/sync/evm/evm-worker-api.ts')).createEvmWorkerApi())
