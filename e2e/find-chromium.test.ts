import { describe, expect, test } from 'vitest'
import { type CommandResult, findChromium, type Machine, NoChromiumError } from './find-chromium.ts'

const OWN = '/cache/playwright/chrome'
const ok: CommandResult = { code: 0, stdout: 'Chromium 156', stderr: '' }
const broken: CommandResult = { code: 127, stdout: '', stderr: 'libnss3.so: cannot open shared object file' }

interface Setting {
  readonly CHROMIUM_PATH?: string
  readonly isRoot?: boolean
  /** Executables there from the start. */
  readonly present?: readonly string[]
  /** Executables that appear when the command succeeds. */
  readonly installs?: Readonly<Record<string, string>>
  readonly answers?: Readonly<Record<string, CommandResult>>
}

/** A machine whose commands answer what the setting says, and fail otherwise; `commands` lists what was run. */
function machine(setting: Setting): Machine & { readonly commands: string[] } {
  const present = new Set(setting.present)
  const commands: string[] = []
  return {
    commands,
    environment: { PATH: '/usr/local/bin:/usr/bin', CHROMIUM_PATH: setting.CHROMIUM_PATH },
    isRoot: setting.isRoot ?? false,
    playwrightChromium: OWN,
    playwrightCli: '/project/playwright/cli.js',
    exists: (path) => present.has(path),
    log: () => undefined,
    run(program, args, timeLimit) {
      expect(timeLimit).toBeGreaterThan(0)
      const command = [program === process.execPath ? 'node' : program, ...args].join(' ')
      commands.push(command)
      const installed = setting.installs?.[command]
      if (installed !== undefined) present.add(installed)
      const isThere = args[0] === '--version' ? present.has(program) : installed !== undefined
      return Promise.resolve(setting.answers?.[command] ?? (isThere ? ok : { code: 100, stdout: '', stderr: 'E: no' }))
    },
  }
}

const PLAYWRIGHT_INSTALL = 'node /project/playwright/cli.js install chromium'
const APT_INSTALL = 'apt-get install -y chromium'

describe('findChromium', () => {
  test('takes CHROMIUM_PATH before anything else', async () => {
    const here = machine({ CHROMIUM_PATH: '/opt/chromium', present: ['/opt/chromium', '/usr/bin/chromium', OWN] })
    expect(await findChromium(here)).toBe('/opt/chromium')
    expect(here.commands).toEqual(['/opt/chromium --version'])
  })

  test("then the system's, chromium before its relatives", async () => {
    const here = machine({ present: ['/usr/local/bin/google-chrome', '/usr/bin/chromium', OWN] })
    expect(await findChromium(here)).toBe('/usr/bin/chromium')
  })

  test("then Playwright's own, also when the system's does not start", async () => {
    const answers = { '/usr/bin/chromium --version': broken }
    const here = machine({ present: ['/usr/bin/chromium', OWN], answers })
    expect(await findChromium(here)).toBe(OWN)
    expect(here.commands).toEqual(['/usr/bin/chromium --version', `${OWN} --version`])
  })

  test("then lets Playwright install its own, before root's apt-get", async () => {
    const here = machine({ isRoot: true, installs: { [PLAYWRIGHT_INSTALL]: OWN } })
    expect(await findChromium(here)).toBe(OWN)
    expect(here.commands).toEqual([PLAYWRIGHT_INSTALL, `${OWN} --version`])
  })

  test('then the package manager, when root, after an update', async () => {
    const installs = { 'apt-get update': '/var/lib/apt/lists', [APT_INSTALL]: '/usr/bin/chromium' }
    const here = machine({ isRoot: true, installs })
    expect(await findChromium(here)).toBe('/usr/bin/chromium')
    expect(here.commands).toEqual([PLAYWRIGHT_INSTALL, 'apt-get update', APT_INSTALL, '/usr/bin/chromium --version'])
  })

  test('goes on to the package manager when what Playwright installed does not start', async () => {
    const here = machine({
      isRoot: true,
      installs: { [PLAYWRIGHT_INSTALL]: OWN, 'apt-get update': '/lists', [APT_INSTALL]: '/usr/bin/chromium' },
      answers: { [`${OWN} --version`]: broken },
    })
    expect(await findChromium(here)).toBe('/usr/bin/chromium')
  })

  test('gives up with a list of everything tried, what each answered, and what to do', async () => {
    const timedOut = { code: undefined, stdout: '', stderr: '', problem: 'not done after 180 s' }
    const here = machine({
      CHROMIUM_PATH: '/opt/chromium',
      isRoot: true,
      present: ['/usr/bin/google-chrome'],
      answers: { '/usr/bin/google-chrome --version': broken, [PLAYWRIGHT_INSTALL]: timedOut },
    })
    const error = await findChromium(here).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NoChromiumError)
    expect((error as Error).message).toBe(
      `No Chromium for the browser tests. Tried:
  - CHROMIUM_PATH, /opt/chromium: --version exited with 100: E: no
  - on PATH, /usr/bin/google-chrome: --version exited with 127: libnss3.so: cannot open shared object file
  - Playwright's own: none at ${OWN}
  - npx playwright install chromium: not done after 180 s
  - apt-get update: exited with 100: E: no
Install Chromium and put it on PATH, or set CHROMIUM_PATH to its executable.`,
    )
  })

  test('asks no package manager without root', async () => {
    const here = machine({})
    await expect(findChromium(here)).rejects.toThrow(/apt-get install -y chromium: not tried, it needs root/)
    expect(here.commands).toEqual([PLAYWRIGHT_INSTALL])
  })
})
