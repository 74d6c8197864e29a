import { method } from '../method.ts'

export const web3_clientVersion = method({ params: [], run: ({ source }) => source.software })
