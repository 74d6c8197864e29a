/** A Chromium with a page open in which a client runs, asked from here through its provider. */
import { chromium } from '@playwright/test'
import type { BeamtabOptions } from '../../src/client/public-types.ts'
import { serveBuiltPage } from '../built-page.ts'
import { findChromium } from '../find-chromium.ts'
import { launchArguments } from '../launch-arguments.ts'
import { thisMachine } from '../machine.ts'

/** Plain data: it goes to the page. */
export interface PageOptions extends Pick<BeamtabOptions, 'mode' | 'evmWorkers'> {
  readonly networkUrl: string
}

export type PageAnswer =
  | { readonly kind: 'result'; readonly result: unknown }
  | {
      readonly kind: 'error'
      readonly error: { readonly code: number; readonly message: string; readonly data?: unknown }
    }

export interface ProviderTab {
  ask(method: string, params: readonly unknown[]): Promise<PageAnswer>
  close(): Promise<void>
}

/** Resolves when the client in it has a head. @throws {Error} with what the page said, where it does not get to one */
export async function openProviderTab(options: PageOptions): Promise<ProviderTab> {
  const site = await serveBuiltPage('e2e/provider-page', () => false)
  const browser = await chromium
    .launch({ executablePath: await findChromium(thisMachine), args: launchArguments })
    .catch(async (error: unknown) => {
      await site.close()
      throw error
    })
  const close = async () => {
    await browser.close()
    await site.close()
  }
  try {
    const page = await browser.newPage()
    await page.goto(site.url)
    await page.evaluate((given) => window.openClient(given), options)
    return {
      ask: async (method, params) =>
        page.evaluate(([name, given]) => window.ask(name, given), [method, params] as const),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
