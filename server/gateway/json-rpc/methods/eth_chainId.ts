import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'

export const eth_chainId = method({ params: [], run: ({ source }) => quantity(source.network.chainId) })
