/** Which updates exist, as far as our clock and the servers say. */
import { epochAtSlot, periodAtSlot } from '../../chain/beacon-preset.ts'
import type { CommitteeChain } from '../../consensus/committee-chain.ts'
import { isWithinWindow } from '../capability-window.ts'
import type { ServerHandle } from '../environment.ts'
import type { LightClientState } from './light-client-state.ts'
import type { ServerViews } from './server-views.ts'
import { UpdateMoment } from './update-moment.ts'

/** What a server claims is a hint: it decides what the server is asked for, never what is believed. */
export class UpdateReach {
  readonly #moment: UpdateMoment

  /** @param random uniform in 0..1, 1 excluded */
  constructor(
    private readonly state: LightClientState,
    private readonly views: ServerViews,
    random: () => number,
  ) {
    this.#moment = new UpdateMoment(state.network.preset, random)
  }

  epoch(): number {
    return epochAtSlot(this.state.network.preset, this.state.currentSlot())
  }

  currentPeriod(): number {
    return periodAtSlot(this.state.network.preset, this.state.currentSlot())
  }

  /** Whether the random moment of the running period has come at which it is this client's turn to ask. */
  isOurMoment(): boolean {
    return this.#moment.hasCome(this.state.currentSlot())
  }

  /** The period of the newest committee that can be learned now; without servers, the running one. */
  target(chain: CommitteeChain, servers: readonly ServerHandle[]): number {
    const ends = servers.map((server) => this.end(chain, server))
    return ends.length === 0 ? this.currentPeriod() : Math.max(...ends)
  }

  /** The period after the last one whose update a server is asked for. */
  end(chain: CommitteeChain, server: ServerHandle): number {
    const reach = this.periodOf(server)
    return reach === this.currentPeriod() && this.#isTimeForCurrent(chain) ? reach + 1 : reach
  }

  /** The period of the newest slot that it claims, not beyond ours; one that claims nothing may have everything. */
  periodOf(server: ServerHandle): number {
    const { claimedSlot } = this.views.of(server)
    const current = this.currentPeriod()
    return claimedSlot === undefined ? current : Math.min(current, periodAtSlot(this.state.network.preset, claimedSlot))
  }

  /** Whether the window that it announces reaches back to this period. */
  isInWindow(server: ServerHandle, period: number): boolean {
    return isWithinWindow(server.capabilities['light-client'], period, this.currentPeriod())
  }

  /**
   * The update of the running period is asked for once its best kind can exist, which finalizes a header of the same
   * period, and not by all clients at once.
   */
  #isTimeForCurrent(chain: CommitteeChain): boolean {
    const { finality, network } = this.state
    const current = this.currentPeriod()
    const finalizedSlot = finality?.head.finalizedHeader.beacon.slot
    if (chain.period !== current || finalizedSlot === undefined) return false
    return periodAtSlot(network.preset, finalizedSlot) === current && this.isOurMoment()
  }
}
