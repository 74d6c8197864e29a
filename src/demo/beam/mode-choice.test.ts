import { expect, test } from 'vitest'
import { MAX_SAVED_NETWORKS } from '../limits.ts'
import { createModeChoices } from './mode-choice.ts'

function storage(text?: string) {
  const kept = new Map(text === undefined ? [] : [['beamtab-light', text]])
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
}

test('blocks are executed unless the visitor said no, network by network', () => {
  const browser = storage()
  const choices = createModeChoices(browser)
  expect(choices.read('mainnet')).toBe('beam')
  choices.save('mainnet', 'light')
  expect(choices.read('mainnet')).toBe('light')
  expect(choices.read('devnet')).toBe('beam')
  expect(createModeChoices(browser).read('mainnet')).toBe('light')
  choices.save('mainnet', 'beam')
  expect(choices.read('mainnet')).toBe('beam')
})

test('the newest are kept, as many as there may be', () => {
  const choices = createModeChoices(storage())
  for (let network = 0; network <= MAX_SAVED_NETWORKS; network++) choices.save(`network ${network}`, 'light')
  expect(choices.read('network 0')).toBe('beam')
  expect(choices.read('network 1')).toBe('light')
})

test.each(['{', '{}', '[1]', JSON.stringify(Array.from({ length: 100 }, () => 'mainnet'))])(
  'what somebody else wrote there is nothing: %s',
  (text) => expect(createModeChoices(storage(text)).read('mainnet')).toBe('beam'),
)

test('without storage the choice is forgotten, and nothing breaks', () => {
  const denied = {
    getItem: () => {
      throw new Error('denied')
    },
    setItem: () => {
      throw new Error('denied')
    },
  }
  for (const choices of [createModeChoices(undefined), createModeChoices(denied)]) {
    choices.save('mainnet', 'light')
    expect(choices.read('mainnet')).toBe('beam')
  }
})
