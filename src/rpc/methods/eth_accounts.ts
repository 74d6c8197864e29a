import { method } from '../method.ts'

/** This client has no keys; a signer's accounts are the page's affair. */
export const eth_accounts = method({ class: 'local', params: [], run: () => [] })
