import { method } from '../method.ts'
import { syncingJson } from '../syncing.ts'

/** False while there is a head that is answered at; else what it waits for is said by the errors of all other methods. */
export const eth_syncing = method({ class: 'local', params: [], run: ({ view }) => syncingJson(view) })
