/** What a page needs of the provider; all else here is its inside. */
export { announceProvider, type AnnounceOptions, type ProviderDetail, type ProviderInfo } from './announce-provider.ts'
export { messagePortSession, type SessionPort } from './message-port-session.ts'
export { ProviderRpcError } from './provider-rpc-error.ts'
export { createProvider } from './provider.ts'
export type * from './public-types.ts'
export { installAsWindowEthereum, type Installed, type InstallOptions } from './window-ethereum.ts'
