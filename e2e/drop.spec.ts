/** Files dropped on the page, also beside the drop zone, where a browser would open them and leave the page. */
import { expect, type Page, test } from '@playwright/test'
import { blockRow, idle, MAINNET_PAGE, started } from './page-parts.ts'

test('files dropped anywhere are taken, each told by its content', async ({ page }) => {
  await page.goto(MAINNET_PAGE)
  await started(page)
  await drag(page, 'dragover', {})
  await expect(page.getByText('Let go to check them.')).toBeVisible()
  await drag(page, 'drop', { 'block.ssz': '{"format":"stateless-block/1"', 'chain.json.gz': '{"data":{}}' })
  await idle(page)
  await expect(blockRow(page, 'block.ssz')).toContainText('Error')
  await expect(page.getByRole('article')).toContainText('chain.json.gz')
  await expect(page.getByText('or drop them anywhere on this page.')).toBeVisible()
})

test('a text that is dragged over the page is none of its business', async ({ page }) => {
  await page.goto(MAINNET_PAGE)
  await started(page)
  const isTaken = await page.evaluate(() => {
    const dataTransfer = new DataTransfer()
    dataTransfer.setData('text/plain', 'hello')
    return !document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true }))
  })
  expect(isTaken).toBe(false)
})

/** Sends a drag event with files (name to content) to the heading, far from the drop zone. */
async function drag(page: Page, type: 'dragover' | 'drop', files: Readonly<Record<string, string>>): Promise<void> {
  await page.getByRole('heading', { level: 1 }).evaluate(
    (heading, { type, files }) => {
      const dataTransfer = new DataTransfer()
      for (const [name, text] of Object.entries(files)) dataTransfer.items.add(new File([text], name))
      // A browser tells the kinds while dragging and hands the files out only at the drop.
      if (type === 'dragover') dataTransfer.items.add(new File([], 'held'))
      heading.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
    },
    { type, files },
  )
}
