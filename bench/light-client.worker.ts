import { serve } from '../workers/serve.ts'

serve(async () => (await import('./light-client-service.ts')).createLightClientService())
