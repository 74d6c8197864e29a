import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LightClientFixture, PERIOD, type UpdateOptions } from '../testing/light-client-fixture.ts'
import { loadSyncCommitteeVerifier } from './bls.ts'
import { checkpointData } from './checkpoint-data.ts'
import type { CommitteeChainOptions } from './committee-chain.ts'
import { CommitteeChain } from './committee-chain.ts'
import { NO_STORAGE } from './committee-chain-storage.ts'
import type { HeadVerdict, ValidatedHead } from './head-validator.ts'
import { HeadValidator, MAX_SUBSCRIPTIONS, ThresholdError } from './head-validator.ts'
import type { SyncCommitteeVerifier } from './sync-committee-verifier.ts'

const FIRST = 2

let fixture: LightClientFixture
let verifier: SyncCommitteeVerifier
let slot: number
beforeAll(async () => {
  fixture = await LightClientFixture.load()
  verifier = await loadSyncCommitteeVerifier()
})
beforeEach(() => {
  slot = 10 * PERIOD
})

function setUp(more: Partial<CommitteeChainOptions> = {}) {
  const { network } = fixture
  const { bootstrap, root } = fixture.bootstrap(FIRST * PERIOD + 8)
  const options = { network, verifier, currentSlot: () => slot, storage: NO_STORAGE, ...more }
  const chain = new CommitteeChain(options, checkpointData(network, root, bootstrap))
  const validator = new HeadValidator(chain, () => ({ network, verifier, currentSlot: slot }))
  return { chain, validator }
}

const absent = (count: number) => Array.from({ length: count }, (_, position) => position)

const head = (options: Partial<UpdateOptions> = {}) =>
  fixture.update({ attestedSlot: FIRST * PERIOD + 40, teaches: 'nothing', ...options })

const teaching = (period: number, options: Partial<UpdateOptions> = {}) =>
  fixture.update({ attestedSlot: period * PERIOD + 30, finalizedSlot: period * PERIOD + 16, ...options })

const faultOf = (verdict: HeadVerdict) => (verdict.kind === 'refused' ? verdict.error.fault : verdict.kind)

test('each subscription gets the heads with as many signers as it asked for', () => {
  const { validator } = setUp()
  const seen: string[] = []
  const note = (name: string) => (valid: ValidatedHead) => seen.push(`${name} ${valid.signers} ${valid.trust}`)
  validator.subscribeUsed(note('used'))
  validator.subscribeUsed(note('cautious'), 30)
  validator.subscribeHints(10, note('ten'))
  const end = validator.subscribeHints(28, note('served'))
  for (const missing of [0, 3, 10, 11, 22]) validator.validate(head({ absent: absent(missing) }))
  expect(seen).toEqual([
    'used 32 used',
    'cautious 32 used',
    'ten 32 used',
    'served 32 used',
    'used 29 used',
    'ten 29 used',
    'served 29 used',
    'used 22 used',
    'ten 22 used',
    'ten 21 hint',
    'ten 10 hint',
  ])
  end()
  seen.length = 0
  validator.validate(head())
  expect(seen).toEqual(['used 32 used', 'cautious 32 used', 'ten 32 used'])
})

test('a validated head tells what it proves', () => {
  const { validator, chain } = setUp()
  const update = head({ finalizedSlot: FIRST * PERIOD + 24 })
  expect(validator.validate(update)).toMatchObject({
    kind: 'valid',
    head: { trust: 'used', signers: 32, committeeSize: 32, signatureSlot: FIRST * PERIOD + 41, update },
  })
  expect(chain.finalizedPeriod).toBe(FIRST)
})

describe('the threshold of heads that are used', () => {
  test('can be higher than a supermajority, never lower', () => {
    const { validator } = setUp()
    const ignore = () => undefined
    for (const signers of [0, 1, 21, 21.5, 33, NaN]) {
      expect(() => validator.subscribeUsed(ignore, signers)).toThrow(ThresholdError)
    }
    for (const signers of [22, 32]) expect(() => validator.subscribeUsed(ignore, signers)).not.toThrow()
    for (const signers of [0, 33]) expect(() => validator.subscribeHints(signers, ignore)).toThrow(ThresholdError)
    expect(() => validator.subscribeUsed(ignore, 21)).toThrow('a threshold of 21 signers was asked for, 22 to 32')
  })

  test('a head with fewer signers is not looked at where nobody asks for hints', () => {
    const { validator } = setUp()
    expect(faultOf(validator.validate(head({ absent: absent(11) })))).toEqual({
      code: 'tooFewSigners',
      signers: 21,
      needed: 22,
      size: 32,
    })
  })

  test('a committee that a minority taught signs no head that is used, nor a finality that counts', () => {
    const { chain, validator } = setUp({ leastSigners: 5 })
    chain.insert(teaching(FIRST, { absent: absent(20) }))
    const used: ValidatedHead[] = []
    validator.subscribeUsed((valid) => used.push(valid))
    const verdict = validator.validate(head({ attestedSlot: 3 * PERIOD + 40, finalizedSlot: 3 * PERIOD + 24 }))
    expect(verdict).toMatchObject({ kind: 'valid', head: { trust: 'hint', signers: 32 } })
    expect([used, chain.finalizedPeriod]).toEqual([[], FIRST])
  })
})

test('subscriptions are bounded', () => {
  const { validator } = setUp()
  const ends = Array.from({ length: MAX_SUBSCRIPTIONS }, () => validator.subscribeHints(1, () => undefined))
  expect(() => validator.subscribeUsed(() => undefined)).toThrow(ThresholdError)
  ends[0]?.()
  expect(() => validator.subscribeUsed(() => undefined)).not.toThrow()
})

describe('refused', () => {
  test('a head that our clock has not reached, until it has', () => {
    const { validator } = setUp()
    slot = FIRST * PERIOD + 40
    expect(faultOf(validator.validate(head()))).toMatchObject({ code: 'futureSlot' })
    slot++
    expect(validator.validate(head()).kind).toBe('valid')
  })

  test('a head of a period whose committee is not known yet, until it is', () => {
    const { chain, validator } = setUp()
    const next = head({ attestedSlot: 3 * PERIOD + 40 })
    expect(faultOf(validator.validate(next))).toEqual({ code: 'wrongPeriod', period: 3, expected: [2] })
    chain.insert(teaching(FIRST))
    expect(validator.validate(next).kind).toBe('valid')
    expect(validator.validate(head()).kind).toBe('valid')
  })

  test('a head of a period long gone', () => {
    const { chain, validator } = setUp()
    for (const period of [2, 3]) chain.insert(teaching(period))
    expect(faultOf(validator.validate(head()))).toEqual({ code: 'wrongPeriod', period: 2, expected: [3, 4] })
  })

  test('a signature of others', () => {
    expect(faultOf(setUp().validator.validate(head({ signers: 9 })))).toMatchObject({ code: 'badSignature' })
  })

  test('everything, once two supermajorities have proven different committees', () => {
    const { chain, validator } = setUp()
    chain.insert(teaching(FIRST))
    chain.insert(teaching(FIRST, { teaches: { committeeOf: 43 } }))
    expect(validator.validate(head())).toEqual({ kind: 'halted', conflict: chain.conflict })
  })
})
