import { startEntrypoint, type Entrypoint } from '../../src/proxy/entrypoint.ts';
import { proxySettings, type SomeProxySettings } from '../support/settings.ts';
import { STICKY, type Case, type SettingsName } from './case.ts';
import { playClient, type Received } from './client.ts';
import { FAR, STANDING } from './deadlines.ts';
import { ScriptedServers, type ServedRequest } from './scriptedServer.ts';
import { Stillness, turn } from './stillness.ts';
import { EMPTY_TABLE, stickyIds, tableNamed } from './tables.ts';

/** What differs between the settings that cases are played with. */
const SETTINGS: Readonly<Record<SettingsName, SomeProxySettings>> = {
  plain: {},
  trusting: { trustedProxies: ['127.0.0.0/8'] },
  'small limits': { limits: { headerBytes: 1_024, bodyBytes: 300 } },
};

/** One way of forwarding, as the fuzzer sets it up. */
export interface LaneUnderTest {
  readonly name: string;
  readonly settings: SomeProxySettings;
  /** Puts something between client and proxy, and returns the port to connect to: for lanes that are wrong on purpose. */
  readonly behind?: (port: number) => Promise<{ readonly port: number; close(): void }>;
}

/** All that was seen of one case on one lane. */
export interface Seen {
  readonly requests: readonly ServedRequest[];
  readonly violations: readonly string[];
  readonly tunnelled: string;
  readonly received: Received;
  /** Whether the proxy closed all its connections to servers when it might keep none. */
  readonly leftNothing: boolean;
  /** What depends on the ports of this run, and what stands for it. */
  readonly names: readonly (readonly [text: string, name: string])[];
}

/** One lane with servers of its own behind it. Plays one case at a time; nothing of a case is left for the next. */
export class Track {
  readonly ports: readonly number[];
  readonly #address: string;
  readonly #servers: ScriptedServers;
  readonly #stillness: Stillness;
  readonly #lane: LaneUnderTest;
  /** By the settings. */
  readonly #doors = new Map<string, Promise<Door>>();

  private constructor(lane: LaneUnderTest, address: string, servers: ScriptedServers, stillness: Stillness) {
    this.#lane = lane;
    this.ports = servers.ports;
    this.#address = address;
    this.#servers = servers;
    this.#stillness = stillness;
  }

  /** Its servers listen at this address, at these ports (0: any). Throws where one of them is taken. */
  static async open(lane: LaneUnderTest, address: string, ports: readonly number[]): Promise<Track> {
    const stillness = new Stillness();
    const servers = await ScriptedServers.open(address, ports, stillness);
    return new Track(lane, address, servers, stillness);
  }

  /** Plays a case and tells what was seen of it. */
  async play(played: Case, isPatient = false): Promise<Seen> {
    const { entrypoint, port } = await this.#doorFor(played);
    const servers = this.#servers;
    servers.begin(played.answers);
    entrypoint.install(tableNamed(played.table, this.#address, this.ports));
    const cookies = stickyIds(this.ports);
    const bytes = STICKY.reduce((text, name, i) => text.replaceAll(name, cookies[i]!), played.bytes);
    const received = await playClient(port, { ...played, bytes }, this.#stillness, isPatient);
    entrypoint.install(EMPTY_TABLE);
    // A connection that is being made is accepted in the next turn.
    await turn();
    await turn();
    const leftNothing = await servers.gone();
    this.#stillness.forget();
    const { requests, violations, tunnelled } = servers;
    const names = [
      ...cookies.map((cookie, i) => [cookie, STICKY[i]!] as const),
      ...this.ports.map((p, i) => [`${this.#address}:${p}`, `address-of-server-${i + 1}`] as const),
    ];
    return { requests, violations, tunnelled, received, leftNothing, names };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#doors.values()].map(async (door) => (await door).close()));
    this.#servers.close();
  }

  #doorFor({ settings, reuse }: Case): Promise<Door> {
    const key = `${settings} ${reuse}`;
    const known = this.#doors.get(key);
    if (known !== undefined) return known;
    const opened = Door.open(this.#lane, {
      ...SETTINGS[settings],
      timeouts: reuse ? FAR : { ...FAR, serverIdleMs: 0 },
    });
    this.#doors.set(key, opened);
    return opened;
  }
}

/** An entrypoint, and what may be in front of it. */
class Door {
  readonly entrypoint: Entrypoint;
  readonly port: number;
  readonly #closeFront: () => void;

  private constructor(entrypoint: Entrypoint, port: number, closeFront: () => void) {
    this.entrypoint = entrypoint;
    this.port = port;
    this.#closeFront = closeFront;
  }

  static async open({ settings, behind }: LaneUnderTest, more: SomeProxySettings): Promise<Door> {
    const limits = { ...settings.limits, ...more.limits };
    const entrypoint = await startEntrypoint(proxySettings({ ...more, ...settings, limits }), {}, STANDING);
    const front = await behind?.(entrypoint.port);
    return new Door(entrypoint, front?.port ?? entrypoint.port, () => front?.close());
  }

  async close(): Promise<void> {
    this.#closeFront();
    await this.entrypoint.stop(0);
  }
}
