import { EventStreams, eventFrame } from './admin/eventStreams.ts';
import {
  helloEvent,
  installedEvent,
  serverEvent,
  statisticsEvent,
  type LiveEvents,
  type Moment,
} from './admin/liveEvents.ts';
import { isoTime } from './admin/overview.ts';
import type { TrafficFacts } from './admin/traefik/health.ts';
import type { HistoryEntry } from './control/historyEntry.ts';
import type { Occurrence } from './control/occurrences.ts';
import type { Status } from './control/status.ts';
import type { Statistics } from './model/statistics.ts';
import type { DatedCounts } from './telemetry/latestCounts.ts';
import { StatisticsMaker } from './telemetry/statistics.ts';

export interface LiveFeedOptions {
  readonly status: () => Status;
  /** Asks the data side what it has counted. */
  readonly counts: () => Promise<DatedCounts>;
  /** Milliseconds between two statistics; a second by default. */
  readonly everyMs?: number;
}

/** Ejections and readmissions that are told one by one in a second; of more, only that there are some. */
const MAX_SERVERS_TOLD = 50;

/** Tells event streams what happens, and once a second, as long as there are any, what traffic was like. */
export class LiveFeed {
  readonly streams: EventStreams;
  readonly #statistics: StatisticsMaker;
  readonly #status: () => Status;
  readonly #counts: () => Promise<DatedCounts>;
  #historyId: number | null = null;
  /** Since the last statistics. */
  #serversTold = 0;
  #areConditionsTold = false;
  /** Whether other conditions are to be told of with the next statistics. */
  #areConditionsDue = false;

  constructor({ status, counts, everyMs }: LiveFeedOptions) {
    this.#status = status;
    this.#counts = counts;
    this.streams = new EventStreams({
      greeting: () => eventFrame('hello', helloEvent(status(), this.#historyId, this.#statistics.recent)),
      begun: () => {
        this.#beginSecond();
        this.#statistics.start();
      },
      ended: () => this.#statistics.stop(),
    });
    this.#statistics = new StatisticsMaker({
      counts,
      made: (statistics) => this.#tellStatistics(statistics),
      ...(everyMs !== undefined && { everyMs }),
    });
  }

  /** There is a new entry in the history, or a better one in place of the latest. */
  installed(entry: HistoryEntry): void {
    this.#historyId = entry.id;
    this.#tell('installed', () => installedEvent(entry), entry.id);
  }

  /** For `/health`. */
  async traffic(): Promise<TrafficFacts> {
    const { counts } = await this.#counts();
    return { counts, lastSecond: this.#statistics.latest?.statuses ?? {} };
  }

  hear(occurrence: Occurrence): void {
    if (!this.streams.areOpen) return;
    switch (occurrence.kind) {
      case 'ejected':
      case 'readmitted':
        this.#tellOfServer(occurrence);
        break;
      case 'conditions':
        this.#tellOfConditions();
        break;
      case 'metadata-failing': {
        const { at, error } = occurrence;
        this.#tell(occurrence.kind, () => ({ at: isoTime(at), error }));
        break;
      }
      case 'metadata-recovered':
        this.#tell(occurrence.kind, () => ({ at: isoTime(occurrence.at) }));
        break;
      case 'held':
      case 'hold-ended':
        this.#tell(occurrence.kind, now);
        break;
    }
  }

  #tellOfServer({ kind, server }: Occurrence & { readonly kind: 'ejected' | 'readmitted' }): void {
    this.#serversTold += 1;
    if (this.#serversTold > MAX_SERVERS_TOLD) {
      this.#areConditionsDue = true;
      return;
    }
    const state = kind === 'readmitted' ? 'good' : server.until === null ? 'probation' : 'ejected';
    this.#tell(kind, () => serverEvent(this.#status().install, server, state, Date.now()));
  }

  /** At once, but no more than once a second: whoever hears of it reads all services anew. */
  #tellOfConditions(): void {
    if (this.#areConditionsTold) {
      this.#areConditionsDue = true;
      return;
    }
    this.#areConditionsTold = true;
    this.#tell('conditions', now);
  }

  #tellStatistics(statistics: Statistics): void {
    this.streams.sendToReaders(eventFrame('statistics', statisticsEvent(statistics, this.#status())));
    const areConditionsDue = this.#areConditionsDue;
    this.#beginSecond();
    if (areConditionsDue) this.#tellOfConditions();
  }

  #beginSecond(): void {
    this.#serversTold = 0;
    this.#areConditionsTold = false;
    this.#areConditionsDue = false;
  }

  /** `data` is made where somebody listens. */
  #tell<K extends keyof LiveEvents>(event: K, data: () => LiveEvents[K], id: number | null = null): void {
    if (this.streams.areOpen) this.streams.send(eventFrame(event, data(), id));
  }
}

function now(): Moment {
  return { at: isoTime(Date.now()) };
}
