import { method } from '../method.ts'

/** What is served here is never on its way anywhere. */
export const eth_syncing = method({ params: [], run: () => false })
