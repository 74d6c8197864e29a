import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { LengthError } from '../../chain/bytes.ts'
import { engineToken } from './engine-token.ts'

test('is a JWT that HMAC-SHA256 of another library agrees with', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 251 - 7 * i)
  const [header = '', claims = '', signature = ''] = engineToken(secret, 1_795_258_576.9).split('.')
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ iat: 1_795_258_576 })
  expect(signature).toBe(createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url'))
})

test('refuses a secret of another length', () => {
  expect(() => engineToken(new Uint8Array(31), 0)).toThrow(LengthError)
})
