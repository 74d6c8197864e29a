import { method } from '../method.ts'

/** Always true, as at geth: callers ask it to learn whether anybody answers. This client takes no connections. Asks nobody. */
export const net_listening = method({ class: 'local', params: [], run: () => true })
