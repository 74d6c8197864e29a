import { expect, test } from 'vitest'
import { clientFactory, HASH_A, KEPT } from './fixtures.ts'
import { MAX_WAITING } from './limits.ts'
import { createPageModel } from './page-model.ts'
import { isBusy } from './page-state.ts'

function page() {
  const { createBeamtab, log } = clientFactory()
  const model = createPageModel({
    createBeamtab,
    address: 'http://127.0.0.1/',
    list: () => Promise.resolve({ kind: 'none' }),
  })
  return { model, log }
}
type Model = ReturnType<typeof page>['model']

/** Resolves once the state is as `holds` says. */
function until(model: Model, holds: (state: ReturnType<Model['state']>) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!holds(model.state())) return
      end()
      resolve()
    }
    const end = model.subscribe(check)
    check()
  })
}
const idle = (model: Model) => until(model, (state) => !isBusy(state))
const blockFile = (name: string) => new File(['{"format":"stateless-block/1"}'], name)
const sszFile = (name: string) => new File([new Uint8Array(100)], name)

test('the page starts its client, lists the data and what is kept', async () => {
  const { model, log } = page()
  model.start()
  await until(model, ({ kept, listing }) => kept.length > 0 && listing.kind !== 'loading')
  expect(model.state()).toMatchObject({ client: { kind: 'ready' }, listing: { kind: 'none' }, kept: [KEPT] })
  expect(log.calls).toEqual(['open mainnet'])
})

test('of files dropped together each block is a job, the others are one chain', async () => {
  const { model, log } = page()
  await model.addFiles([blockFile('a.ssz'), sszFile('b.json.gz'), blockFile('c'), sszFile('d.ssz')])
  await idle(model)
  expect(model.state().blocks.map(({ name }) => name)).toEqual(['a.ssz', 'c'])
  expect(model.state().chains.map(({ name }) => name)).toEqual(['b.json.gz and 1 more file'])
  expect(log.calls).toContain('light client of 2 on mainnet, root none')
})

test('a trusted root goes along; a wrong one begins nothing and says why', async () => {
  const { model, log } = page()
  model.typeTrustedRoot('0x12')
  await model.addFiles([sszFile('bootstrap.ssz')])
  expect(model.state().chains).toEqual([])
  expect(model.state().refusals[0]).toContain('2 hex digits')
  model.typeTrustedRoot(HASH_A)
  await model.addFiles([sszFile('bootstrap.ssz')])
  await idle(model)
  expect(model.state().refusals).toEqual([])
  expect(log.calls).toContain(`light client of 1 on mainnet, root ${HASH_A}`)
})

test('more than may wait are refused, and counted', async () => {
  const { model } = page()
  await model.addFiles(Array.from({ length: MAX_WAITING + 3 }, (_, i) => blockFile(`${i}`)))
  expect(model.state().blocks).toHaveLength(MAX_WAITING)
  expect(model.state().refusals[0]).toContain('3 jobs not taken')
  await idle(model)
})

test('a file past 256 MiB is refused before it is read', async () => {
  const { model } = page()
  const large = blockFile('large.json')
  Object.defineProperty(large, 'size', { value: 257 * 1_048_576 })
  await model.addFiles([large])
  expect(model.state().refusals).toEqual(['large.json has 257 MiB; the page takes files of up to 256 MiB.'])
})

test('a folder, which cannot be read, is refused with what it probably is', async () => {
  const { model } = page()
  const folder = blockFile('folder')
  Object.defineProperty(folder, 'slice', { value: () => ({ arrayBuffer: () => Promise.reject(new Error('denied')) }) })
  await model.addFiles([folder])
  expect(model.state().refusals[0]).toMatch(/folder cannot be read .*is it a folder/)
})

test('the network is chosen while nothing works, of built-in ones only', async () => {
  const { model, log } = page()
  model.start()
  model.chooseNetwork('sepolia')
  await until(model, ({ client }) => client.kind === 'ready')
  model.chooseNetwork('gnosis')
  model.chooseNetwork('hoodi')
  await until(model, ({ client, network }) => client.kind === 'ready' && network === 'hoodi')
  expect(log.calls).toEqual(['open mainnet', 'close mainnet', 'open hoodi'])
})

test('kept blocks are verified again on their network', async () => {
  const { model, log } = page()
  model.start()
  await until(model, ({ kept }) => kept.length > 0)
  model.verifyKept(model.state().kept)
  await idle(model)
  expect(log.calls.at(-1)).toBe(`verify kept ${HASH_A}`)
  expect(model.state().blocks[0]).toMatchObject({ origin: 'store', progress: { kind: 'done' } })
  model.verifyKeptChain()
  await idle(model)
  expect(model.state().chains[0]?.progress.kind).toBe('failed')
})
