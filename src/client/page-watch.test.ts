/** When a page sleeps, as browsers tell it. */
import { expect, test } from 'vitest'
import { watchedPage } from './page-watch.ts'

test('a page that is frozen, or left and kept, sleeps; one that is left for good does not', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  const view = new EventTarget()
  const told: string[] = []
  const end = watchedPage(page, undefined, view).watchSleep({
    onSleep: (how) => void told.push(how),
    onWake: () => void told.push('awake'),
  })
  const leave = (type: 'pagehide' | 'pageshow', persisted: boolean): void =>
    void view.dispatchEvent(Object.assign(new Event(type), { persisted }))
  page.dispatchEvent(new Event('freeze'))
  page.dispatchEvent(new Event('resume'))
  leave('pagehide', false)
  leave('pageshow', false)
  leave('pagehide', true)
  leave('pageshow', true)
  expect(told).toEqual(['frozen', 'awake', 'cached', 'awake'])
  end()
  page.dispatchEvent(new Event('freeze'))
  leave('pagehide', true)
  expect(told).toHaveLength(4)
})
