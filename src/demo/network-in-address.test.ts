import { expect, test } from 'vitest'
import { addressWithNetwork, networkInAddress } from './network-in-address.ts'

test('a built-in network survives in the address, anything else is mainnet', () => {
  const address = addressWithNetwork('http://127.0.0.1:5173/#results', 'holesky')
  expect(address).toBe('http://127.0.0.1:5173/?network=holesky#results')
  expect(networkInAddress(address)).toBe('holesky')
  expect(addressWithNetwork(address, 'mainnet')).toBe('http://127.0.0.1:5173/#results')
  expect(networkInAddress('http://127.0.0.1/?network=__proto__')).toBe('mainnet')
})
