import { serve } from '../workers/serve.ts'

serve(async () => (await import('./execute-service.ts')).createExecuteService())
