/**
 * A tab that does not lead: finds out who does, and asks there. That the leading tab is gone is learned by its lock, from which
 * follows another `leading`; what is listened for here is a leader that is there and does not answer.
 */
import type { Clock } from '../../chain/clock.ts'
import type { ProviderSession } from '../../provider/public-types.ts'
import { readSessionNews, type SessionNews } from '../../rpc/session-messages.ts'
import type { LockManagerLike } from '../leadership.ts'
import type { Channel, OpenChannel } from './channel.ts'
import type { SharedStatus, TabMessage } from './tab-messages.ts'

/** ms between questions while no session has begun; a page that is busy drawing answers in less. */
export const ASK_MS = 500
/**
 * Questions in a row that nobody answers before this tab goes its own way: a page may hang for a second or two, and one that
 * runs older code, or has other things open under this name, never answers.
 */
export const MAX_UNANSWERED = 6
/**
 * Questions for a node whose tab says that it leads, and which itself says nothing, before this tab goes its own way: 20 s.
 * A node that takes over says something within two; on a slow line its code may have to be loaded first.
 */
export const MAX_ASKED = 40
/** ms between looks whether the leading tab's node is there, once a session has begun: three that are missed, 9 s, end it. */
export const LOOK_MS = 3_000
export const MAX_MISSED = 3

export interface WaitingTabOptions {
  /** Of this tab. */
  readonly id: string
  /** See `tabRules`. */
  readonly rules: string
  readonly clock: Clock
  readonly locks: LockManagerLike
  /** To all tabs. */
  readonly post: (message: TabMessage) => void
  readonly openChannel: OpenChannel
  /** A name for a session that nobody else has. */
  readonly newName: () => string
  readonly isHidden: () => boolean
  /** Whether a node is of no use before it can answer reads: another one answers meanwhile. */
  readonly needsHead: boolean
  /** The node of the leading tab answers. */
  readonly onNode: (node: ProviderSession) => void
  readonly onStatus: (status: SharedStatus) => void
  /** Nobody can be asked; told once, and nothing else after it. `reason`: why. */
  readonly onAlone: (reason: string) => void
}

interface Session {
  readonly name: string
  readonly leader: string
  readonly channel: Channel
  readonly release: () => void
  /** Undefined until the node is of use: it has said something, or that it has a head. */
  hear: ((news: SessionNews) => void) | undefined
  /** Whether the lock is held, so that the leader can learn of our end. */
  isHeld: boolean
  /** How often the node was asked for before it was of use. */
  asked: number
}

/**
 * Always: at most one session is open; whoever leads, and whatever it says, either its node is heard or `onAlone` is told,
 * within {@link MAX_ASKED} questions; after {@link close}, and after `onAlone`, nothing is open, asked or told.
 */
export class WaitingTab {
  private session: Session | undefined
  private unanswered = 0
  private stopTimer: () => void = () => undefined
  private isOver = false

  constructor(private readonly options: WaitingTabOptions) {
    options.post({ kind: 'hello', from: options.id })
    this.tick(ASK_MS)
  }

  hear(message: TabMessage): void {
    if (this.isOver) return
    if (message.kind === 'leading') this.hearLeader(message.from, message.rules)
    if (message.kind === 'full') this.hearFull(message.from, message.session)
    if (message.kind === 'status' && message.from === this.session?.leader) this.options.onStatus(message.status)
  }

  /** What the leading tab knows of this one is another. */
  retell(): void {
    if (this.session?.isHeld === true) this.ask(this.session)
  }

  close(): void {
    this.isOver = true
    this.stopTimer()
    this.endSession()
  }

  private hearLeader(leader: string, rules: string): void {
    if (rules !== this.options.rules) return this.goAlone('the tab that leads has other settings, or other code')
    if (this.session?.leader !== leader) this.openSession(leader)
    // It says so to every tab that asks, whether its node still answers this one or not.
    else if (this.session.hear !== undefined) return
    this.unanswered = 0
  }

  private hearFull(leader: string, name: string): void {
    const { session } = this
    if (session?.leader === leader && session.name === name)
      this.goAlone('the tab that leads answers as many others as it can')
  }

  private openSession(leader: string): void {
    this.endSession()
    const { openChannel, locks, newName } = this.options
    const name = newName()
    let release: () => void = () => undefined
    const used = new Promise<void>((resolve) => (release = resolve))
    const channel = openChannel(name, (message) => this.hearNode(session, message))
    const session: Session = { name, leader, channel, release, hear: undefined, isHeld: false, asked: 0 }
    this.session = session
    const held = locks.request(name, {}, () => {
      session.isHeld = true
      if (this.session === session) this.ask(session)
      return used
    })
    held.catch(() => this.session === session && this.goAlone('the browser gives no locks'))
    this.tick(ASK_MS)
  }

  private endSession(): void {
    const { session } = this
    this.session = undefined
    session?.channel.close()
    session?.release()
  }

  private hearNode(session: Session, message: unknown): void {
    const news = readSessionNews(message)
    if (news === undefined || this.session !== session) return
    this.unanswered = 0
    if (news.kind === 'closed') return this.hearClosed(session, news)
    if (session.hear === undefined) {
      if (this.options.needsHead && news.kind !== 'ready') return
      this.options.onNode(nodeOf(session))
      this.tick(LOOK_MS)
    }
    session.hear?.(news)
  }

  /** Another session is opened, not before the next question: a node that ends each at once is not asked faster for it. */
  private hearClosed(session: Session, news: SessionNews): void {
    session.hear?.(news)
    this.endSession()
    this.tick(ASK_MS)
  }

  private ask(session: Session): void {
    const { leader, name } = session
    const { id, post, isHidden } = this.options
    session.asked += 1
    post({ kind: 'open', from: id, to: leader, session: name, isHidden: isHidden() })
  }

  private tick(ms: number): void {
    this.stopTimer()
    // Whoever was told of the node may have had this tab closed.
    if (this.isOver) return
    this.stopTimer = this.options.clock.after(ms, () => this.look())
  }

  /** By count and not by time: timers of tabs in the background come late, and what has come is heard first. */
  private look(): void {
    const { session } = this
    this.unanswered += 1
    if (session?.hear !== undefined) {
      if (this.unanswered > MAX_MISSED) return this.goAlone('the tab that leads does not answer')
      session.channel.post({ kind: 'look' })
      return this.tick(LOOK_MS)
    }
    if (this.unanswered > MAX_UNANSWERED) return this.goAlone('no other tab answers')
    if (session === undefined) this.options.post({ kind: 'hello', from: this.options.id })
    else if (session.asked >= MAX_ASKED) return this.goAlone('the node of the tab that leads does not answer')
    else if (session.isHeld) this.ask(session)
    this.tick(ASK_MS)
  }

  private goAlone(reason: string): void {
    this.close()
    this.options.onAlone(reason)
  }
}

function nodeOf(session: Session): ProviderSession {
  return {
    send: (call) => session.channel.post(call),
    listen(onNews) {
      session.hear = onNews
      return () => (session.hear = () => undefined)
    },
  }
}
