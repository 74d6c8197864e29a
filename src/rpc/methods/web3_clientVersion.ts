import { method } from '../method.ts'

/** Names no user agent: what a server or a page learns of a visitor is its own affair. */
export const web3_clientVersion = method({ class: 'local', params: [], run: () => 'Beamtab' })
