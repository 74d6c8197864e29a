/**
 * Tabs opened by the browser's own protocol. Playwright has each of its pages pass for one that somebody looks at, and such a
 * page is never frozen; these are left as a visitor's are.
 */
import type { Browser, CDPSession } from '@playwright/test'

export interface RawTab {
  /** The value of an expression, awaited; it has to be plain data. @throws {Error} what it throws */
  evaluate(expression: string): Promise<unknown>
  /** `frozen`: nothing of the page and its workers runs until it is `active` again. */
  become(state: 'frozen' | 'active'): Promise<unknown>
  close(): Promise<unknown>
}

interface Answer {
  readonly id: number
  /** What was asked cannot be done. */
  readonly error?: { readonly message: string }
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown }
}

/** Resolves before the page has loaded. */
export async function openRawTab(browser: Browser, url: string): Promise<RawTab> {
  const session = await browser.newBrowserCDPSession()
  // A window of its own, so that none is in the background but those that a test sends there.
  const { targetId } = await session.send('Target.createTarget', { url, newWindow: true })
  const send = await attach(session, targetId)
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails))
    return result?.result?.value
  }
  return {
    evaluate,
    become: (state) => send('Page.setWebLifecycleState', { state }),
    async close() {
      await session.send('Target.closeTarget', { targetId })
      await session.detach()
    },
  }
}

interface Waiting {
  readonly method: string
  resolve(answer: Answer): void
  reject(error: Error): void
}

type Send = (method: string, params: object) => Promise<Answer>

async function attach(session: CDPSession, targetId: string): Promise<Send> {
  const { sessionId } = await session.send('Target.attachToTarget', { targetId })
  const waiting = new Map<number, Waiting>()
  session.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId !== sessionId) return
    const answer = JSON.parse(event.message) as Answer
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.error === undefined) asked?.resolve(answer)
    else asked?.reject(new Error(`the tab refuses ${asked.method}: ${answer.error.message}`))
  })
  let lastId = 0
  return (method, params) =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { method, resolve, reject })
      const message = JSON.stringify({ id, method, params })
      session.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject)
    })
}
